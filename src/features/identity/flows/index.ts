export {
  checkFlow,
  flowSeconds,
  type Proof,
  readCodeProof,
  readProof,
  startFlow,
  sweepFlows,
  useFlow,
  voidFlows,
} from './flows.ts';
export { type BegunFlow, beginMailedFlow, type Visitor } from './mailed-flows.ts';
