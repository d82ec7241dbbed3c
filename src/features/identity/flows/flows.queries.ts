import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';

/** What a flow is for. It is good for that alone. */
export type Purpose =
  | 'password_reset'
  | 'email_verification'
  | 'mail_sign_in'
  | 'registration'
  | 'email_change';

export interface NewFlowRow {
  readonly flowHash: string;
  readonly codeHash: string;
  readonly tokenHash: string;
  readonly purpose: Purpose;
  readonly userId: number | null;
  readonly emailNormalized: string;
  readonly email: string | null;
  readonly isDecoy: 0 | 1;
  readonly isReauthenticated: 0 | 1;
  readonly network: string;
  readonly returnTo: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** What the use of a flow is judged by. */
export const flowColumns = [
  'user_id as userId',
  'email_normalized as emailNormalized',
  'email',
  'is_decoy as isDecoy',
  'is_reauthenticated as isReauthenticated',
] as const;

export interface FoundFlow {
  readonly userId: number | null;
  readonly emailNormalized: string;
  readonly email: string | null;
  readonly isDecoy: number;
  readonly isReauthenticated: number;
}

const insert = compiledOnce<NewFlowRow, unknown>((db, param) =>
  db.insertInto('flows').values({
    flow_hash: param('flowHash'),
    code_hash: param('codeHash'),
    token_hash: param('tokenHash'),
    purpose: param('purpose'),
    user_id: param('userId'),
    email_normalized: param('emailNormalized'),
    email: param('email'),
    is_decoy: param('isDecoy'),
    is_reauthenticated: param('isReauthenticated'),
    network: param('network'),
    return_to: param('returnTo'),
    created_at_ms: param('createdAtMs'),
    expires_at_ms: param('expiresAtMs'),
  }),
);

export async function insertFlow(trx: Db, row: NewFlowRow): Promise<void> {
  await insert(trx, row);
}

/** Removes the flows of a user, of one purpose or of all. */
export async function deleteFlows(
  trx: Db,
  which: { readonly purpose?: Purpose; readonly userId: number },
): Promise<void> {
  const query = trx.deleteFrom('flows').where('user_id', '=', which.userId);
  await (which.purpose === undefined
    ? query
    : query.where('purpose', '=', which.purpose)
  ).execute();
}

interface EmailFlows {
  readonly purpose: Purpose;
  readonly email: string;
  readonly network: string;
}

const deleteOfEmail = compiledOnce<EmailFlows, unknown>((db, param) =>
  db
    .deleteFrom('flows')
    .where('email_normalized', '=', param('email'))
    .where('purpose', '=', param('purpose'))
    .where('network', '=', param('network')),
);

/** Removes the flows of an email that were begun from a network, whether or not anybody has the email. */
export async function deleteFlowsOfEmail(trx: Db, which: EmailFlows): Promise<void> {
  await deleteOfEmail(trx, which);
}

/** How a flow is found: by its id, of which a code is then right or wrong, or by the token of its link. */
export interface FlowKey {
  readonly purpose: Purpose;
  readonly nowMs: number;
  readonly maxWrongCodes: number;
}

export interface SentCode {
  readonly flowHash: string;
  /** By the secret that the server works with, and by those before it. */
  readonly codeHashes: readonly string[];
}

/**
 * Compares a code with that of its flow, and counts it if it is wrong. This is one statement, so parallel requests
 * get no more tries than one after another.
 *
 * @returns undefined if there is no such flow with tries left
 */
export async function tryCode(
  db: Db,
  { purpose, nowMs, maxWrongCodes }: FlowKey,
  { flowHash, codeHashes }: SentCode,
) {
  const row = await db
    .updateTable('flows')
    .set((eb) => ({
      wrong_codes: eb(
        'wrong_codes',
        '+',
        eb.case().when('code_hash', 'in', codeHashes).then(0).else(1).end(),
      ),
    }))
    .where('flow_hash', '=', flowHash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .where('wrong_codes', '<', maxWrongCodes)
    .returning(['code_hash as codeHash', 'wrong_codes as wrongCodes', ...flowColumns])
    .executeTakeFirst();
  return row && { ...row, isRight: codeHashes.includes(row.codeHash) };
}

/** A flow that is good now, by the hash of what somebody has of it. */
export function findFlowBy(
  db: Db,
  { purpose, nowMs }: Omit<FlowKey, 'maxWrongCodes'>,
  by: 'flow_hash' | 'token_hash',
  hash: string,
) {
  return db
    .selectFrom('flows')
    .select(['flow_hash as flowHash', 'return_to as returnTo', ...flowColumns])
    .where(by, '=', hash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
}

/** The flow of a user that was begun last. */
export function findNewestFlow(
  db: Db,
  { purpose, nowMs }: Omit<FlowKey, 'maxWrongCodes'>,
  userId: number,
) {
  return db
    .selectFrom('flows')
    .select('flow_hash as flowHash')
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Gives a flow another code and another link, which are then the only ones that it has, and its time and its tries again.
 *
 * @returns whether there is such a flow
 */
export async function renewFlowRow(
  trx: Db,
  { purpose, nowMs }: Omit<FlowKey, 'maxWrongCodes'>,
  flowHash: string,
  next: Pick<NewFlowRow, 'codeHash' | 'tokenHash' | 'userId' | 'isDecoy' | 'expiresAtMs'>,
): Promise<boolean> {
  const result = await trx
    .updateTable('flows')
    .set({
      code_hash: next.codeHash,
      token_hash: next.tokenHash,
      user_id: next.userId,
      is_decoy: next.isDecoy,
      expires_at_ms: next.expiresAtMs,
      wrong_codes: 0,
    })
    .where('flow_hash', '=', flowHash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Takes a flow away by the token of its link: of any number who do so at once one gets it. */
export function takeByToken(trx: Db, { purpose, nowMs }: FlowKey, tokenHash: string) {
  return trx
    .deleteFrom('flows')
    .where('token_hash', '=', tokenHash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .returning(flowColumns)
    .executeTakeFirst();
}

/** The same by its code. */
export function takeByCode(
  trx: Db,
  { purpose, nowMs, maxWrongCodes }: FlowKey,
  { flowHash, codeHashes }: SentCode,
) {
  return trx
    .deleteFrom('flows')
    .where('flow_hash', '=', flowHash)
    .where('code_hash', 'in', codeHashes)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .where('wrong_codes', '<', maxWrongCodes)
    .returning(flowColumns)
    .executeTakeFirst();
}

/** By what the flow is found whose reader may take the email off an account: see `findRelease`. */
interface ReleaseKey {
  readonly tokenHash: string;
  readonly nowMs: number;
}

const releaseColumns = ['user_id as userId', 'email_normalized as emailNormalized'] as const;

/** Finds such a flow by the token of its link. */
export function findReleaseFlow(db: Db, { tokenHash, nowMs }: ReleaseKey) {
  return db
    .selectFrom('flows')
    .select(releaseColumns)
    .where('token_hash', '=', tokenHash)
    .where('is_decoy', '=', 1)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
}

/** Takes it away: of any number who do so at once one gets it. */
export function takeReleaseFlow(trx: Db, { tokenHash, nowMs }: ReleaseKey) {
  return trx
    .deleteFrom('flows')
    .where('token_hash', '=', tokenHash)
    .where('is_decoy', '=', 1)
    .where('expires_at_ms', '>', nowMs)
    .returning(releaseColumns)
    .executeTakeFirst();
}
