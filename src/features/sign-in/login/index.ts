export { deviceTokenField } from './device-token.ts';
export { dropUnproven, keepsFactor } from './drop-unproven.ts';
export { enrolmentRoutes } from './enrolment.routes.ts';
export {
  beginEnrolmentApp,
  beginEnrolmentPasskey,
  finishEnrolmentWithApp,
  finishEnrolmentWithPasskey,
} from './enrolment.ts';
export { noteFailedLogin } from './failed-logins.ts';
export { credentialsBody } from './find-account.ts';
export type { RememberedPair } from './finish-flow.ts';
export { finishSignIn } from './finish-sign-in.ts';
export { loginRoutes } from './login.routes.ts';
export { type LoginClient, type LoginDeps, login, provePassword } from './login.ts';
export { loginLimitNames } from './login-limits.ts';
export { isEmailProofDue } from './require-verified-email.ts';
export { noteRequirement } from './required-since.ts';
export { secondFactorLimits, secondFactorRoutes } from './second-factor.routes.ts';
export {
  finishSecondFactor,
  type SecondFactorDeps,
  signInBinding,
} from './second-factor.ts';
export {
  type FirstProof,
  findChoices,
  findSignInFlow,
  noneToShow,
  type OpenSignInFlow,
  rememberSecondsOf,
  type SecondFactorChoices,
  sweepSignInFlows,
} from './sign-in-flows.ts';
