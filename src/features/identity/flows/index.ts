export {
  checkFlow,
  flowSeconds,
  readProof,
  startFlow,
  sweepFlows,
  useFlow,
  voidFlows,
} from './flows.ts';
