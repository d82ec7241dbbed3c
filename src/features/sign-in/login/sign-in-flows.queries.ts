import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import type { SignInFlowTable } from '../../../db/factor-schema.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** Sign-ins that wait for a second factor, or for one to be added. */

export type FlowPurpose = SignInFlowTable['purpose'];

/** How a flow is found by what its client was told. */
export interface FlowKey {
  readonly flowHash: string;
  readonly purpose: FlowPurpose;
  readonly nowMs: number;
}

/** A sign-in that waits. */
export interface SignInFlow {
  readonly userId: number;
  readonly proof: 'password' | 'mail';
  /** SHA-256 of what the proof was checked against. */
  readonly credentialHash: string;
  readonly isKnownDevice: number;
  /** Tries that were begun. */
  readonly wrongCodes: number;
  readonly expiresAtMs: number;
}

const columns = [
  'sign_in_flows.user_id as userId',
  'sign_in_flows.proof',
  'sign_in_flows.credential_hash as credentialHash',
  'sign_in_flows.is_known_device as isKnownDevice',
  'sign_in_flows.wrong_codes as wrongCodes',
  'sign_in_flows.expires_at_ms as expiresAtMs',
] as const;

type NewFlow = SignInFlow & FlowKey;

const insertFlow = compiledOnce<NewFlow, unknown>((db, param) =>
  db.insertInto('sign_in_flows').values({
    ...{ user_id: param('userId'), flow_hash: param('flowHash'), purpose: param('purpose') },
    ...{ proof: param('proof'), credential_hash: param('credentialHash') },
    is_known_device: param('isKnownDevice'),
    ...{ created_at_ms: param('nowMs'), expires_at_ms: param('expiresAtMs') },
  }),
);

export async function insertSignInFlow(trx: Db, flow: NewFlow): Promise<void> {
  await insertFlow(trx, flow);
}

/** A flow that has not expired, and the email of its user. */
export function findFlow(db: Db, { flowHash, purpose, nowMs }: FlowKey) {
  return db
    .selectFrom('sign_in_flows')
    .innerJoin('users', 'users.id', 'sign_in_flows.user_id')
    .select(columns)
    .select('users.email')
    .where('flow_hash', '=', flowHash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
}

const takeTryOf = compiledOnce<FlowKey & { readonly maxTries: number }, SignInFlow>((db, param) =>
  db
    .updateTable('sign_in_flows')
    .set({ wrong_codes: sql<number>`wrong_codes + 1` })
    .where('flow_hash', '=', param('flowHash'))
    .where('purpose', '=', param('purpose'))
    .where('expires_at_ms', '>', param('nowMs'))
    .where('wrong_codes', '<', param('maxTries'))
    .returning(columns),
);

/** Begins a try: of any number at once no more get through than are left. Undefined: none is, or there is no such flow. */
export async function takeTry(
  db: Db,
  key: FlowKey,
  maxTries: number,
): Promise<SignInFlow | undefined> {
  const { rows } = await takeTryOf(db, { ...key, maxTries });
  return rows[0];
}

/** Takes back a try in which nothing was judged. */
export async function giveTryBack(db: Db, flowHash: string): Promise<void> {
  await db
    .updateTable('sign_in_flows')
    .set({ wrong_codes: sql<number>`wrong_codes - 1` })
    .where('flow_hash', '=', flowHash)
    .where('wrong_codes', '>', 0)
    .execute();
}

const deleteFlowOf = compiledOnce<FlowKey, unknown>((db, param) =>
  db
    .deleteFrom('sign_in_flows')
    .where('flow_hash', '=', param('flowHash'))
    .where('purpose', '=', param('purpose'))
    .where('expires_at_ms', '>', param('nowMs')),
);

/** Ends a flow: of any number at once one is told that it did. */
export async function deleteFlow(trx: Db, key: FlowKey): Promise<boolean> {
  const { numAffectedRows = 0n } = await deleteFlowOf(trx, key);
  return numAffectedRows > 0n;
}

interface Credentials {
  readonly isActive: number;
  readonly passwordHash: string | null;
  readonly email: string;
  readonly factorLevel: AuthLevel;
}

const credentialsOf = compiledOnce<{ readonly userId: number }, Credentials>((db, param) =>
  db
    .selectFrom('users')
    .select(['is_active as isActive', 'password_hash as passwordHash'])
    .select(['email_normalized as email', 'factor_level as factorLevel'])
    .where('id', '=', param('userId')),
);

/** What a proof is held against: the credentials of its user, and how strongly they can sign in. */
export async function findCredentials(db: Db, userId: number): Promise<Credentials | undefined> {
  const { rows } = await credentialsOf(db, { userId });
  return rows[0];
}
