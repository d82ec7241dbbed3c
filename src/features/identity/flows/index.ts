export { flowLink } from './flow-links.ts';
export {
  type BegunFlow,
  checkFlow,
  findFlow,
  flowSeconds,
  type OpenFlow,
  type Proof,
  startFlow,
  sweepFlows,
  useFlow,
  voidAllFlows,
  voidFlows,
} from './flows.ts';
export {
  type Asker,
  beginMailedFlow,
  declareEmailBody,
  resendMailedFlow,
} from './mailed-flows.ts';
export { codeField, declareCodeBody, declareProofBody, readCode } from './proof-body.ts';
export { findRelease, undoCode, useRelease } from './releases.ts';
