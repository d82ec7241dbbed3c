import type { Deps } from '../../../deps.ts';
import type { Answer } from '../../../lib/answer.ts';
import type { Notices } from '../../identity/notices/index.ts';
import {
  type Authority,
  createPermissionClaims,
  type PermissionClaims,
} from '../../identity/roles/index.ts';
import type { SigningKeys } from '../../platform/keys/index.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { createRefreshCounters, type RefreshCounters } from './count-refreshes.ts';
import { createEndByToken, type EndByToken } from './end-by-token.ts';
import type { FactorPolicy } from './factor-policy.ts';
import { createFindImported, type FindImported } from './imported-tokens.ts';
import { createFindKnownDevice, type FindKnownDevice } from './known-devices.ts';
import { createRotateSession, type RotateSession } from './rotate-sessions.ts';
import { createTokenCipher, type TokenCipher } from './token-cipher.ts';

/** What the functions of sessions share. Made once, when the server starts. */
export interface Sessions {
  readonly accessTokens: AccessTokens;
  /** Makes refresh tokens, and reads them. */
  readonly cipher: TokenCipher;
  readonly findImported: FindImported;
  /** The device that wants to sign in, if it has signed in to the account before. */
  readonly findKnownDevice: FindKnownDevice;
  /** What the access tokens of a user say about permissions. */
  permissionClaims(userId: number): Answer<PermissionClaims>;
  /** Replaces the current refresh token of a session by the next one. */
  readonly rotate: RotateSession;
  /** Ends a session by its current refresh token. */
  readonly endByToken: EndByToken;
  readonly refreshCounters: RefreshCounters;
  readonly factorPolicy: FactorPolicy;
}

export type SessionDeps = Deps & { readonly sessions: Sessions; readonly notices: Notices };

export function createSessions(
  deps: Deps & { keys: SigningKeys; authority: Authority; factorPolicy: FactorPolicy },
): Sessions {
  const cipher = createTokenCipher(deps.secretKey, deps.secretKeyFallbacks);
  const accessTokens = createAccessTokens(deps);
  return {
    accessTokens,
    cipher,
    findImported: createFindImported(deps.database),
    findKnownDevice: createFindKnownDevice({ ...deps, cipher, accessTokens }),
    permissionClaims: createPermissionClaims(deps),
    rotate: createRotateSession(deps),
    endByToken: createEndByToken(deps),
    refreshCounters: createRefreshCounters(deps.metrics),
    factorPolicy: deps.factorPolicy,
  };
}
