import { randomBytes } from 'node:crypto';
import { declareBody, optional } from '../../../../contract/declare-body.ts';
import type { Body } from '../../../../contract/fields.ts';
import { flagField } from '../../../../contract/value-fields.ts';
import type { Db } from '../../../../db/database.ts';
import type { Deps } from '../../../../deps.ts';
import { AppError } from '../../../../errors/index.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import type { Passwords } from '../../../identity/passwords/index.ts';
import type { Failures } from '../../../platform/audit/index.ts';
import {
  type FactorOwner,
  lockFactorOwner,
  type NewFactor,
  noteFactorAdded,
} from '../factor-changes.ts';
import { noteFailure } from '../factor-failures.ts';
import { endOtherSessionsField, factorNameField } from '../own-factors.ts';
import { levelForAll, requireFactorsOn } from '../policy/required-level.ts';
import { givesRecoveryCodes } from '../recovery-codes/recovery-codes.ts';
import { providerOf } from './aaguids.ts';
import { challengeSeconds, spendChallenge } from './challenges.ts';
import { checkClientData } from './client-data.ts';
import { readRegistration } from './credential-json.ts';
import { creationOptions, requireRelyingParty } from './options.ts';
import { credentialField } from './passkey-schemas.ts';
import {
  findOfferedSession,
  findPasskeys,
  findPasskeyUser,
  insertPasskey,
  notePasskeyOffer,
  setPasskeyHandle,
} from './passkeys.queries.ts';
import { refusePasskey } from './refusals.ts';
import { strengthOf } from './strength.ts';
import { verifyNewPasskey } from './verify.ts';

/** What users do with their own passkeys. */

/** How many a user may have. */
export const maxPasskeys = 20;
/** How often a user is offered a passkey that is made without asking them. */
const offerPauseMs = 30 * 86_400_000;

const defaultName = 'Passkey';

export const newPasskeyOptionsBody = declareBody(
  {
    is_upgrade: optional(
      flagField({
        examples: [false],
        description:
          'Whether the browser is to make it without asking the user, right after a sign-in with a password (conditional ' +
          'create). Once a month, and only for users without a passkey.',
      }),
    ),
  },
  { title: 'NewPasskeyStart' },
);
export const newPasskeyBody = declareBody(
  {
    credential: credentialField,
    name: optional(factorNameField),
    end_other_sessions: optional(endOtherSessionsField),
  },
  { title: 'NewPasskey' },
);

export type OwnPasskeyDeps = Pick<
  Deps,
  'database' | 'settings' | 'clock' | 'relyingParty' | 'secretKey' | 'secretKeyFallbacks'
> & { readonly passwords: Passwords; readonly notices: Notices; readonly failures: Failures };

type OfferDeps = Pick<OwnPasskeyDeps, 'database' | 'settings' | 'clock' | 'relyingParty'>;

const bindingOf = (userId: number) => `user ${userId}`;
/** Of one that the browser makes without asking: then nobody has to be present (WebAuthn Level 3, 7.1, 16). */
const upgradeBindingOf = (userId: number) => `upgrade of user ${userId}`;

/**
 * What the browser asks an authenticator for, to make a passkey. No challenge is stored.
 *
 * @throws AppError `passkey_upgrade_not_due`, `too_many_factors`, `second_factors_off`, `passkeys_not_configured`, `user_inactive`
 */
export async function newPasskeyOptions(
  deps: OwnPasskeyDeps,
  { id: userId, sessionId }: Pick<FactorOwner, 'id' | 'sessionId'>,
  {
    isUpgrade = false,
    needsVerification = false,
  }: { readonly isUpgrade?: boolean; readonly needsVerification?: boolean },
) {
  const { db } = deps.database;
  requireRelyingParty(deps);
  requireFactorsOn(deps);
  const passkeys = await findPasskeys(db, userId);
  if (passkeys.length >= maxPasskeys) throw tooMany();
  if (isUpgrade && !(await mayOffer(deps, userId, sessionId))) {
    throw new AppError('passkey_upgrade_not_due');
  }
  const user = await userWithHandle(deps, userId);
  const binding = isUpgrade ? upgradeBindingOf(userId) : bindingOf(userId);
  const options = await creationOptions(deps, user, { binding, needsVerification });
  return { public_key: options, expires_in: challengeSeconds };
}

/** Whether a passkey may be made without asking. Notes that it is offered. */
async function mayOffer(
  deps: OwnPasskeyDeps,
  userId: number,
  sessionId: number | undefined,
): Promise<boolean> {
  if (!(await isPasskeyOfferDue(deps, userId, sessionId))) return false;
  const nowMs = deps.clock.nowMs();
  return notePasskeyOffer(deps.database.db, userId, { nowMs, sinceMs: nowMs - offerPauseMs });
}

/**
 * Whether users may have their browser make a passkey without asking them: after a sign-in with the password, once a month,
 * and only without a passkey.
 */
export async function isPasskeyOfferDue(
  { database, clock, settings, relyingParty }: OfferDeps,
  userId: number,
  sessionId: number | undefined,
): Promise<boolean> {
  if (!relyingParty || levelForAll(settings) === undefined) return false;
  if (sessionId === undefined) return false;
  const sinceMs = clock.nowMs() - offerPauseMs;
  const amr = await findOfferedSession(database.db, { userId, sessionId }, sinceMs);
  return amr?.split(' ').includes('pwd') ?? false;
}

/** The user, who has a handle from now on: random, so that it tells nothing of them (WebAuthn Level 3, 14.6.1). */
async function userWithHandle({ database: { db } }: OwnPasskeyDeps, userId: number) {
  const found = await findPasskeyUser(db, userId);
  if (!found?.handle) await setPasskeyHandle(db, userId, randomBytes(32).toString('base64url'));
  const user = found?.handle ? found : await findPasskeyUser(db, userId);
  if (!user?.handle) throw new AppError('user_inactive');
  return { ...user, handle: user.handle };
}

const tooMany = () =>
  new AppError('too_many_factors', {
    detail: 'You have as many passkeys as an account can have. Remove one first.',
  });

export interface AddedPasskey {
  readonly id: number;
  readonly name: string;
  /** Empty if the user had a factor before. */
  readonly recoveryCodes: readonly string[];
}

/**
 * Adds the passkey that an authenticator has made (WebAuthn Level 3, 7.1).
 *
 * @throws AppError `invalid_passkey`, `invalid_fields`, `invalid_body`, `too_many_factors`, `passkeys_not_configured`,
 *   `user_inactive`, `overloaded`
 */
export async function addPasskey(
  deps: OwnPasskeyDeps,
  owner: FactorOwner,
  body: Body,
): Promise<AddedPasskey> {
  const {
    credential,
    name,
    end_other_sessions: endsOtherSessions = false,
  } = newPasskeyBody.read(body);
  const checked = await checkNewPasskey(deps, owner, { credential, name, endsOtherSessions });
  return deps.database.transact(checked.store);
}

/** What an authenticator has made, as somebody sent it. */
export interface SentPasskey {
  readonly credential: unknown;
  readonly name: string | undefined;
  readonly endsOtherSessions?: boolean;
  /** Whether it has to verify its user; absent: it need not. */
  readonly needsVerification?: boolean;
}

/**
 * Checks a passkey that an authenticator has made.
 *
 * @returns the factor, which is the user's once `add`, or `store`, has run in a transaction
 * @throws AppError `invalid_passkey`, `passkeys_not_configured`, `overloaded`; `add`: `invalid_passkey`,
 *   `too_many_factors`, `user_inactive`
 */
export async function checkNewPasskey(
  deps: OwnPasskeyDeps,
  owner: FactorOwner,
  { credential, name: given, endsOtherSessions = false, needsVerification }: SentPasskey,
): Promise<NewFactor & { readonly store: (trx: Db) => Promise<AddedPasskey> }> {
  const { clock } = deps;
  const { id: userId } = owner;
  const { made, registration, challenge, rpId, isUpgrade } = await verifyMade(
    deps,
    owner,
    credential,
    needsVerification,
  ).catch((error: unknown) => {
    const isRefused = error instanceof AppError && error.code === 'invalid_passkey';
    if (isRefused) noteFailure(deps, { userId, factor: 'passkey', actor: owner.actor });
    throw error;
  });
  const name = given ?? providerOf(made.aaguid) ?? defaultName;
  const isDiscoverable = registration.isDiscoverable ?? made.isBackupEligible;
  // A user who was not asked does not look for codes, and needs none: the password alone still signs in.
  const giveCodes = isUpgrade ? async () => [] : await givesRecoveryCodes(deps, owner);
  const shown = strengthOf(made);
  async function store(trx: Db): Promise<AddedPasskey> {
    const nowMs = clock.nowMs();
    const user = await lockFactorOwner(trx, owner);
    if (!(await spendChallenge(trx, challenge))) throw refusePasskey('used');
    if ((await findPasskeys(trx, userId)).length >= maxPasskeys) throw tooMany();
    const id = await insertPasskey(trx, {
      userId,
      credentialId: made.credentialId,
      publicKey: made.publicKey,
      counter: made.counter,
      transports: JSON.stringify(registration.transports),
      rpId,
      aaguid: made.aaguid,
      name,
      isDiscoverable: isDiscoverable ? 1 : 0,
      isBackupEligible: made.isBackupEligible ? 1 : 0,
      isBackedUp: made.isBackedUp ? 1 : 0,
      isUserVerified: made.isUserVerified ? 1 : 0,
      isUpgrade: isUpgrade ? 1 : 0,
      createdAtMs: nowMs,
    });
    if (id === undefined) throw refusePasskey('already_added');
    const recoveryCodes = await giveCodes(trx, nowMs);
    const change = { factor: 'passkey', factorId: id, endsOtherSessions, nowMs } as const;
    const seen = isUpgrade ? undefined : shown;
    await noteFactorAdded(trx, deps, owner, { ...change, user, shown: seen });
    return { id, name, recoveryCodes };
  }
  return { ...shown, store, add: async (trx) => (await store(trx)).recoveryCodes };
}

/** @throws AppError `invalid_passkey`, `passkeys_not_configured` */
async function verifyMade(
  deps: OwnPasskeyDeps,
  { id }: FactorOwner,
  credential: unknown,
  needsVerification = false,
) {
  const party = requireRelyingParty(deps);
  const registration = readRegistration(credential);
  const { clientDataJSON } = registration.json.response;
  const ceremony = 'registration';
  const asked = { ceremony, binding: bindingOf(id) } as const;
  const upgrade = { ceremony, binding: upgradeBindingOf(id) } as const;
  const uses = [asked, upgrade];
  const clientData = checkClientData(deps, party, clientDataJSON, uses, deps.clock.nowMs());
  const isUpgrade = clientData.use === upgrade;
  const rules = { rpId: party.id, needsPresence: !isUpgrade };
  const made = await verifyNewPasskey(registration, clientData, rules);
  if (needsVerification && !made.isUserVerified) throw refusePasskey('not_verified');
  const { challenge } = clientData;
  return { made, registration, challenge, rpId: party.id, isUpgrade };
}
