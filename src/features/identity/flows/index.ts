export { findFlow, type OpenFlow } from './find-flow.ts';
export { flowLink } from './flow-links.ts';
export {
  type Asker,
  beginMailedFlow,
  declareEmailBody,
  resendMailedFlow,
} from './mailed-flows.ts';
export { codeField, declareCodeBody, declareProofBody, readCode } from './proof-body.ts';
export { checkFlow, type Proof, useFlow } from './prove-flow.ts';
export { findRelease, undoCode, useRelease } from './releases.ts';
export { type BegunFlow, flowSeconds, startFlow } from './start-flow.ts';
export { sweepFlows, voidAllFlows, voidFlows } from './void-flows.ts';
