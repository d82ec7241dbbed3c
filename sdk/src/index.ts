/** The client of Latchkey, for browsers and Node. */
export type { AccessClaims } from './access-token.ts';
export { type Answer, type Api, unwrap } from './api.ts';
export {
  type BegunFlow,
  type CallOptions,
  createLatchkey,
  type Latchkey,
  type LatchkeyOptions,
  type MailProof,
  type OwnProfile,
  type OwnSession,
  type Profile,
} from './client.ts';
export type { DeviceTokens } from './device-tokens.ts';
export type { Environment } from './environment.ts';
export { type ErrorCode, errorOf, LatchkeyError, type Problem } from './errors.ts';
export {
  type EnrolledSession,
  type FactorCalls,
  type FactorChange,
  type Factors,
  type NeededEnrolment,
  type NeededFactor,
  type NewAuthenticatorApp,
  neededEnrolmentOf,
  neededFactorOf,
  type ResetFactor,
  type SignInFactor,
} from './factors.ts';
export type { components, paths } from './openapi.ts';
export type { Session, SessionEnd, SessionEndCause, SessionListeners } from './session.ts';
export type { StepUp, StepUpCallback } from './step-up.ts';
export {
  browserStorage,
  type Exclusive,
  memoryStorage,
  type SessionStorage,
  type Turn,
  tabStorage,
} from './storage.ts';
export {
  type Credentials,
  type Enrolment,
  type FactorProof,
  type MailedCode,
  type Passkey,
  type SecondFactor,
  type SessionTransport,
  type SignInProof,
  type Tokens,
  tokensOf,
} from './transport.ts';
