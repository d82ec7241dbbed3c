export type { FactorCheck, FactorKind, FactorProof } from './factor-check.ts';
export { bumpFactorEpoch, updateFactorLevel } from './factor-level.ts';
export {
  declareFactorBody,
  factorFields,
  readFactorProof,
  secondFactorField,
} from './factor-proof-body.ts';
export { countByRpId, findOtherRpIds } from './passkeys/rp-ids.queries.ts';
