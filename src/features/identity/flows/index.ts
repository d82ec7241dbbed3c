export { flowLink } from './flow-links.ts';
export {
  type BegunFlow,
  checkFlow,
  findFlow,
  flowSeconds,
  type OpenFlow,
  type Proof,
  readCode,
  readCodeProof,
  readProof,
  startFlow,
  sweepFlows,
  useFlow,
  voidAllFlows,
  voidFlows,
} from './flows.ts';
export { type Asker, beginMailedFlow, resendMailedFlow, type Visitor } from './mailed-flows.ts';
