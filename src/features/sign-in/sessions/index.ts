export { createAuthenticate } from './authenticate.ts';
export { createBrowserSessions } from './browser-sessions.ts';
export { confirmSession } from './confirm-session.queries.ts';
export { endUserSessions } from './end-sessions.ts';
export { dueLevelAbove, type FactorPolicy } from './factor-policy.ts';
export {
  findImportedHashes,
  findUnusedTokensAfter,
  type ImportedToken,
  type UnusedToken,
} from './imported-tokens.queries.ts';
export {
  endImportedSessions,
  hashImportedToken,
  importTokens,
  sweepImportedTokens,
} from './imported-tokens.ts';
export { issueTokens, type TokenPair } from './issue-tokens.ts';
export { isKnownNetwork, type SignInSource, sweepKnownNetworks } from './known-devices.ts';
export { findKnownNetworks } from './known-networks.queries.ts';
export { logOut } from './log-out.ts';
export { countLostSessions } from './lost-sessions.ts';
export { ownSessionRoutes } from './own-sessions.routes.ts';
export { raiseSession } from './raise-session.queries.ts';
export {
  createRequireRecentAuth,
  type LastProven,
  requireRecentAuth,
  requireRecentFactor,
  stepUpRequired,
} from './recent-auth.ts';
export { refresh } from './refresh.ts';
export { removeManySessions } from './remove-sessions.ts';
export { createRequireSignedIn } from './require-signed-in.ts';
export { sessionOriginOf } from './session-origin.ts';
export { countLiveSessions, findLiveSessions, findSessionsOfUser } from './sessions.queries.ts';
export { refreshOptionsOf, sessionRoutes } from './sessions.routes.ts';
export { createSessions, type SessionDeps, type Sessions } from './sessions.ts';
export { findSignInState, type SessionOrigin } from './start-session.queries.ts';
export { type Proof, type StartedSession, startSession } from './start-session.ts';
export { sweeping, sweepSessions } from './sweep-sessions.ts';
export { setSessionDevice } from './trusted-devices.queries.ts';
