import type { Deps } from '../../../../deps.ts';
import { isOriginOf, type RelyingParty } from '../../../../lib/relying-party.ts';
import { type ChallengeUse, checkChallenge } from './challenges.ts';
import { refusePasskey } from './refusals.ts';

/** What the browser says of the page that asked (WebAuthn Level 3, 5.8.1). */
export interface ClientData {
  readonly challenge: string;
  readonly origin: string;
  /** Which of the expected uses the challenge is for. */
  readonly use: ChallengeUse;
}

const types = { registration: 'webauthn.create', authentication: 'webauthn.get' } as const;

/**
 * The steps of WebAuthn Level 3, 7.1 (5 to 11) and 7.2 (8 to 14): the answer is of the expected kind, to a challenge of
 * ours that is for this use, from a page of ours, which is not in a frame of somebody else's.
 *
 * @param uses for one of which the challenge has to be
 * @throws AppError `invalid_passkey`
 */
export function checkClientData(
  deps: Pick<Deps, 'secretKey' | 'secretKeyFallbacks'>,
  party: RelyingParty,
  clientDataJson: string,
  uses: readonly ChallengeUse[],
  nowMs: number,
): ClientData {
  const { type, challenge, origin, crossOrigin, topOrigin } = parseClientData(clientDataJson);
  if (typeof challenge !== 'string' || typeof origin !== 'string') throw refusePasskey('malformed');
  const own = uses.filter(({ ceremony }) => types[ceremony] === type);
  if (own.length === 0) throw refusePasskey('malformed');
  const states = own.map((use) => ({ use, state: checkChallenge(deps, challenge, use, nowMs) }));
  const ours = states.find(({ state }) => state !== 'foreign');
  if (!ours) throw refusePasskey('other_request');
  if (!isOriginOf(party, origin)) throw refusePasskey('wrong_origin');
  if (crossOrigin || topOrigin !== undefined) throw refusePasskey('wrong_origin');
  if (ours.state === 'expired') throw refusePasskey('expired');
  return { challenge, origin, use: ours.use };
}

function parseClientData(base64url: string): Readonly<Record<string, unknown>> {
  try {
    const bytes = Buffer.from(base64url, 'base64url');
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw refusePasskey('malformed', { cause: error });
  }
  throw refusePasskey('malformed');
}
