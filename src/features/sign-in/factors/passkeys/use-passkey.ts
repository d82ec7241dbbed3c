import { createHash } from 'node:crypto';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Db } from '../../../../db/database.ts';
import type { Deps } from '../../../../deps.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import { type Actor, type Failures, record } from '../../../platform/audit/index.ts';
import type { FactorCheck } from '../factor-check.ts';
import { updateFactorLevel } from '../factor-level.ts';
import { noteSpent } from '../resets/cancel-reset.ts';
import type { SpentFactor } from '../resets/factor-resets.queries.ts';
import { spendChallenge } from './challenges.ts';
import { checkClientData } from './client-data.ts';
import { readAuthentication } from './credential-json.ts';
import { requireRelyingParty } from './options.ts';
import { findPasskey, type KnownPasskey, notePasskeyUse } from './passkeys.queries.ts';
import { refusePasskey } from './refusals.ts';
import { strengthOf } from './strength.ts';
import { type Assertion, verifyAssertion } from './verify.ts';

export type PasskeyDeps = Pick<
  Deps,
  'database' | 'clock' | 'relyingParty' | 'secretKey' | 'secretKeyFallbacks'
> & { readonly failures: Failures; readonly notices: Notices };

/** What an authenticator answered, and what it has to be for. */
export interface SentPasskey {
  /** An `AuthenticationResponseJSON` (WebAuthn Level 3, 5.1.8.2), unchecked. */
  readonly credential: unknown;
  /** What the challenge has to be bound to. */
  readonly binding: string;
  /** Whose passkey it has to be; undefined: that of the user whom the authenticator names. */
  readonly userId: number | undefined;
  readonly needsVerification: boolean;
  readonly actor: Actor;
}

/** A passkey that was used, and what that is good for. */
export interface UsedPasskey {
  readonly passkey: KnownPasskey & { readonly handle: string };
  readonly check: FactorCheck;
}

/**
 * Checks a use of a passkey (WebAuthn Level 3, 7.2), outside of any transaction.
 *
 * @throws AppError `invalid_passkey`, `passkeys_not_configured`
 */
export async function usePasskey(deps: PasskeyDeps, sent: SentPasskey): Promise<UsedPasskey> {
  const party = requireRelyingParty(deps);
  const response = readAuthentication(sent.credential);
  const { clientDataJSON, userHandle } = response.response;
  const use = { ceremony: 'authentication', binding: sent.binding } as const;
  const clientData = checkClientData(deps, party, clientDataJSON, [use], deps.clock.nowMs());
  const passkey = await findPasskey(deps.database.db, response.id);
  if (!isOf(passkey, sent.userId, userHandle)) {
    // Only where the device itself found it: a list of ours may name one that was removed a moment ago.
    const isMissing = !passkey && sent.userId === undefined && isForSite(response, party.id);
    throw refusePasskey('unknown', { isMissing });
  }
  if (passkey.rpId !== party.id) throw refusePasskey('wrong_site');
  const assertion = await verifyAssertion(response, clientData, passkey, sent);
  if (assertion.isBackupEligible !== (passkey.isBackupEligible === 1))
    throw refusePasskey('changed');
  const isRegressed = hasRegressed(passkey, assertion);
  // A passkey that is backed up is copied as a matter of course.
  if (isRegressed && !assertion.isBackupEligible) {
    noteRegress(deps, passkey, sent.actor, assertion);
    throw refusePasskey('counter_regressed');
  }
  return {
    passkey,
    check: {
      ...strengthOf(assertion),
      kind: 'passkey',
      async spend(trx, by) {
        const spent = await spend(trx, by, passkey, assertion, clientData.challenge);
        return noteSpent(trx, deps, passkey.userId, spent, by);
      },
    },
  };
}

/** Authenticator data begins with the hash of the RP ID (WebAuthn Level 3, 6.1). */
function isForSite({ response }: AuthenticationResponseJSON, rpId: string): boolean {
  const rpIdHash = Buffer.from(response.authenticatorData, 'base64url').subarray(0, 32);
  return rpIdHash.equals(createHash('sha256').update(rpId).digest());
}

/** Whether the passkey is of the user who is expected: by id, or by the handle that the authenticator kept. */
function isOf(
  passkey: KnownPasskey | undefined,
  userId: number | undefined,
  userHandle: string | undefined,
): passkey is KnownPasskey & { readonly handle: string } {
  if (!passkey || passkey.handle === null) return false;
  if (userId === undefined) return passkey.handle === userHandle;
  return passkey.userId === userId && (userHandle ?? passkey.handle) === passkey.handle;
}

/** An authenticator that counts says a higher number each time (WebAuthn Level 3, 6.1.1). */
function hasRegressed({ counter: before }: KnownPasskey, { counter }: Assertion): boolean {
  return (counter > 0 || before > 0) && counter <= before;
}

async function spend(
  trx: Db,
  { actor, nowMs }: { readonly actor: Actor; readonly nowMs: number },
  passkey: KnownPasskey,
  assertion: Assertion,
  challenge: string,
): Promise<SpentFactor> {
  // Not false: that is answered in the words of codes.
  if (!(await spendChallenge(trx, challenge))) throw refusePasskey('used');
  const { id, userId } = passkey;
  const { counter, isBackedUp, isUserVerified } = assertion;
  const spent = await notePasskeyUse(trx, {
    ...{ id, counter, nowMs },
    isCounted: counter > 0 && !assertion.isBackupEligible ? 1 : 0,
    isBackedUp: isBackedUp ? 1 : 0,
    isUserVerified: isUserVerified ? 1 : 0,
  });
  if (!spent) throw refusePasskey('used');
  if (isUserVerified && passkey.isUserVerified === 0) await updateFactorLevel(trx, userId);
  if (hasRegressed(passkey, assertion)) {
    await record(trx, regressed(passkey, actor, assertion, nowMs));
  }
  return spent;
}

function regressed(
  { id, userId, counter: known }: KnownPasskey,
  actor: Actor,
  { counter, isBackupEligible }: Assertion,
  atMs: number,
) {
  const details = { passkey_id: id, known, counter, is_refused: !isBackupEligible };
  return { kind: 'passkey.counter_regressed', actor, atMs, userId, details } as const;
}

function noteRegress(
  { failures, clock }: PasskeyDeps,
  passkey: KnownPasskey,
  actor: Actor,
  assertion: Assertion,
): void {
  const nowMs = clock.nowMs();
  failures.note(`regress ${passkey.id}`, () => regressed(passkey, actor, assertion, nowMs));
}
