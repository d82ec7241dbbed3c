export {
  type BegunFlow,
  checkFlow,
  flowSeconds,
  type Proof,
  readCodeProof,
  readProof,
  startFlow,
  sweepFlows,
  useFlow,
  voidAllFlows,
  voidFlows,
} from './flows.ts';
export { beginMailedFlow, type Visitor } from './mailed-flows.ts';
