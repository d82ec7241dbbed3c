import type {
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { Deps } from '../../../../deps.ts';
import { AppError } from '../../../../errors/index.ts';
import type { RelyingParty } from '../../../../lib/relying-party.ts';
import { type ChallengeUse, challengeSeconds, issueChallenge } from './challenges.ts';
import { findPasskeys } from './passkeys.queries.ts';
import { algorithms } from './verify.ts';

/** What a browser is told to ask an authenticator for. */

const timeout = challengeSeconds * 1000;

/** @throws AppError `passkeys_not_configured` */
export function requireRelyingParty({ relyingParty }: Pick<Deps, 'relyingParty'>): RelyingParty {
  if (!relyingParty) throw new AppError('passkeys_not_configured');
  return relyingParty;
}

type OptionDeps = Pick<Deps, 'relyingParty' | 'secretKey' | 'secretKeyFallbacks' | 'clock'>;

/**
 * For a sign-in with a passkey alone. It names no passkeys: the user chooses one that the device finds by itself. A list
 * for an email would tell strangers whether it has an account (WebAuthn Level 3, 14.6.2).
 *
 * @throws AppError `passkeys_not_configured`
 */
export function signInOptions(
  deps: OptionDeps,
  binding: string,
): PublicKeyCredentialRequestOptionsJSON {
  const { id: rpId } = requireRelyingParty(deps);
  const challenge = challengeFor(deps, { ceremony: 'authentication', binding });
  return { rpId, challenge, timeout, userVerification: 'required', allowCredentials: [] };
}

/**
 * For a passkey of a user who is known already: a second factor, or a step-up.
 *
 * @param userVerification `required` where it stands in for a password
 * @throws AppError `passkeys_not_configured`
 */
export async function passkeyRequestOptions(
  deps: OptionDeps & Pick<Deps, 'database'>,
  userId: number,
  binding: string,
  userVerification: 'preferred' | 'required' = 'preferred',
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { id: rpId } = requireRelyingParty(deps);
  const challenge = challengeFor(deps, { ceremony: 'authentication', binding });
  const allowCredentials = await credentialsOf(deps, userId, rpId);
  return { rpId, challenge, timeout, userVerification, allowCredentials };
}

/** Whose passkey is to be made. */
interface NewPasskeyUser {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  /** base64url */
  readonly handle: string;
}

/**
 * For a new passkey. It can be found without its id where the authenticator has room for that.
 *
 * @throws AppError `passkeys_not_configured`
 */
export async function creationOptions(
  deps: OptionDeps & Pick<Deps, 'database' | 'settings'>,
  { id, email, username, handle }: NewPasskeyUser,
  { binding, needsVerification }: { readonly binding: string; readonly needsVerification: boolean },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const party = requireRelyingParty(deps);
  return {
    rp: { id: party.id, name: deps.settings.get('SITE_NAME') || party.id },
    user: { id: handle, name: email, displayName: username || email },
    challenge: challengeFor(deps, { ceremony: 'registration', binding }),
    pubKeyCredParams: algorithms.map((alg) => ({ alg, type: 'public-key' })),
    timeout,
    excludeCredentials: await credentialsOf(deps, id, party.id),
    authenticatorSelection: {
      residentKey: 'preferred',
      userVerification: needsVerification ? 'required' : 'preferred',
    },
    attestation: 'none',
    extensions: { credProps: true },
  };
}

function challengeFor(deps: OptionDeps, use: ChallengeUse): string {
  return issueChallenge(deps, use, deps.clock.nowMs());
}

async function credentialsOf({ database }: Pick<Deps, 'database'>, userId: number, rpId: string) {
  const passkeys = await findPasskeys(database.db, userId);
  return passkeys
    .filter((passkey) => passkey.rpId === rpId)
    .map(({ credentialId: id, transports }) => ({
      ...{ id, type: 'public-key' as const },
      transports: JSON.parse(transports) as AuthenticatorTransport[],
    }));
}
