export { checkFactor, type FactorDeps } from './check-factor.ts';
export { dropFactors } from './drop-factors.ts';
export { type FactorOwner, lockFactorOwner, type NewFactor } from './factor-changes.ts';
export type { FactorKind, FactorProof } from './factor-check.ts';
export { hasFactorBefore, readFactorLevel } from './factor-level.queries.ts';
export { bumpFactorEpoch } from './factor-level.ts';
export {
  declareFactorBody,
  factorFields,
  readFactorProof,
  secondFactorField,
} from './factor-proof-body.ts';
export { begunAppSchema, factorListSchema } from './factor-schemas.ts';
export { factorRoutes } from './factors.routes.ts';
export { factorsJson, listFactors } from './factors.ts';
export { findUsableLevel, findUsableMethods } from './methods.queries.ts';
export { factorNameField, removeOwnFactor, renameOwnFactor } from './own-factors.ts';
export { type OwnSecurity, readOwnSecurity } from './own-security.ts';
export { challengeSeconds } from './passkeys/challenges.ts';
export type { PasskeySignal } from './passkeys/list-passkeys.ts';
export { passkeyRequestOptions, signInOptions } from './passkeys/options.ts';
export {
  addPasskey,
  checkNewPasskey,
  isPasskeyOfferDue,
  newPasskeyOptions,
  type OwnPasskeyDeps,
} from './passkeys/own-passkeys.ts';
export {
  creationOptionsSchema,
  credentialField,
  requestOptionsSchema,
} from './passkeys/passkey-schemas.ts';
export { passkeyRoutes, wellKnownPasskeyRoutes } from './passkeys/passkeys.routes.ts';
export { countByRpId, findOtherRpIds } from './passkeys/rp-ids.queries.ts';
export { sweepChallenges } from './passkeys/sweep-challenges.ts';
export { usePasskey } from './passkeys/use-passkey.ts';
export { createFactorPolicy } from './policy/factor-policy.ts';
export { readRequirement } from './policy/required-level.ts';
export { checkRecoveryCode } from './recovery-codes/check-recovery-code.ts';
export { regenerateRecoveryCodes } from './recovery-codes/recovery-codes.ts';
export { cancelFactorReset, cancelResetSilently } from './resets/cancel-reset.ts';
export {
  doFactorReset,
  doFactorResets,
  findFactorReset,
  requestFactorReset,
} from './resets/factor-resets.ts';
export {
  type AppDeps,
  beginApp,
  checkNewApp,
  confirmNewApp,
  findUnconfirmedApp,
  maxApps,
  type UnconfirmedApp,
} from './totp/authenticator-apps.ts';
export { checkTotp } from './totp/check-totp.ts';
export { dropImportedApps, type ImportedSecret, importApps } from './totp/import-apps.ts';
export { resealApps, resealingApps, sweepUnconfirmedApps } from './totp/look-after-apps.ts';
export type { SealDeps } from './totp/sealed-secrets.ts';
export { readBase32, readHexSecret, stepAt } from './totp/totp.ts';
export { countUnopenedApps } from './totp/unopened-apps.ts';
export { trustedDeviceRoutes } from './trusted-devices/trusted-devices.routes.ts';
export {
  forgetDevices,
  listTrustedDevices,
  rememberDevice,
  sweepTrustedDevices,
  type TrustedDevice,
  trustedDeviceOf,
} from './trusted-devices/trusted-devices.ts';
