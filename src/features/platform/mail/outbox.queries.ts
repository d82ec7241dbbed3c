import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import { databaseNowMs } from '../../../db/engine.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { MessageKind } from './messages/messages.ts';

/** A mail, as the table `outbox` has it. */
export interface OutboxRow {
  readonly id: number;
  readonly messageId: string;
  readonly kind: string;
  readonly userId: number | null;
  readonly email: string;
  readonly locale: string;
  readonly sealedParameters: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly lastReply: string | null;
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
  readonly leasedUntilMs: number;
  readonly finishedAtMs: number | null;
  readonly bouncedAtMs: number | null;
}

const columns = [
  ...(['id', 'message_id as messageId', 'kind', 'user_id as userId', 'email', 'locale'] as const),
  ...(['sealed_parameters as sealedParameters', 'state', 'attempts'] as const),
  ...(['last_reply as lastReply', 'created_at_ms as createdAtMs', 'due_at_ms as dueAtMs'] as const),
  ...(['expires_at_ms as expiresAtMs', 'leased_until_ms as leasedUntilMs'] as const),
  ...(['finished_at_ms as finishedAtMs', 'bounced_at_ms as bouncedAtMs'] as const),
] as const;

export type MailState = 'pending' | 'sent' | 'dead';

/** In the text of the query, as in that of the index: else it is not used. */
const pending = sql.lit('pending');

export interface NewMailRow {
  readonly messageId: string;
  readonly kind: string;
  readonly userId: number | null;
  readonly email: string;
  readonly locale: string;
  readonly sealedParameters: string;
  /** `decoy`: it is nobody's, and written so that a request for nobody costs what one for somebody does. */
  readonly state: 'pending' | 'decoy';
  /** Null, and of a decoy 0: it was over before it began, and is removed with the next sweep. */
  readonly finishedAtMs: null | 0;
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
  readonly priority: number;
}

const insert = compiledOnce<NewMailRow, unknown>((db, param) =>
  db.insertInto('outbox').values({
    message_id: param('messageId'),
    kind: param('kind'),
    user_id: param('userId'),
    email: param('email'),
    locale: param('locale'),
    sealed_parameters: param('sealedParameters'),
    state: param('state'),
    finished_at_ms: param('finishedAtMs'),
    created_at_ms: param('createdAtMs'),
    due_at_ms: param('dueAtMs'),
    expires_at_ms: param('expiresAtMs'),
    priority: param('priority'),
    last_reply: null,
  }),
);

export async function insertMail(trx: Db, row: NewMailRow): Promise<void> {
  await insert(trx, row);
}

/** Those that can be sent now, the most urgent first, and of those the longest due. */
function sendable(db: Db, nowMs: number, limit: number) {
  return db
    .selectFrom('outbox')
    .select('id')
    .where('state', '=', pending)
    .where('due_at_ms', '<=', nowMs)
    .where('expires_at_ms', '>', nowMs)
    .where('leased_until_ms', '<=', databaseNowMs(db))
    .orderBy('priority')
    .orderBy('due_at_ms')
    .limit(limit);
}

const findSendable = compiledOnce<{ nowMs: number; limit: number }, { id: number }>((db, param) =>
  sendable(db, param('nowMs'), param('limit')),
);

/** Whether there is anything to send. */
export async function hasSendable(db: Db, nowMs: number): Promise<boolean> {
  return (await findSendable(db, { nowMs, limit: 1 })).rows.length > 0;
}

interface ClaimOptions {
  readonly limit: number;
  readonly nowMs: number;
  readonly leaseMs: number;
}

const claim = compiledOnce<ClaimOptions, OutboxRow>((db, param) => {
  const databaseNow = databaseNowMs(db);
  return db
    .updateTable('outbox')
    .set((eb) => ({
      leased_until_ms: sql<number>`${databaseNow} + cast(${param('leaseMs')} as bigint)`,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', 'in', sendable(db, param('nowMs'), param('limit')).forUpdate().skipLocked())
    .where('state', '=', pending)
    .where('leased_until_ms', '<=', databaseNow)
    .returning(columns);
});

/**
 * Takes mails that can be sent, each under a lease of its own that runs out by itself. One statement, and the
 * database's clock: of any number of nodes that try at once each mail goes to one.
 */
export async function claimMails(db: Db, options: ClaimOptions): Promise<OutboxRow[]> {
  return (await claim(db, options)).rows;
}

/** What tells a claimed mail from the same one under a later lease. */
export type Claim = Pick<OutboxRow, 'id' | 'leasedUntilMs'>;

function ofClaim(db: Db, { id, leasedUntilMs }: Claim) {
  return db
    .updateTable('outbox')
    .where('id', '=', id)
    .where('state', '=', pending)
    .where('leased_until_ms', '=', leasedUntilMs);
}

export interface MailEnd {
  readonly state: 'sent' | 'dead';
  readonly lastReply: string;
  readonly nowMs: number;
}

const finish = compiledOnce<Claim & MailEnd, unknown>((db, param) =>
  ofClaim(db, { id: param('id'), leasedUntilMs: param('leasedUntilMs') }).set({
    state: param('state'),
    last_reply: param('lastReply'),
    sealed_parameters: null,
    leased_until_ms: 0,
    finished_at_ms: param('nowMs'),
  }),
);

/** It was sent, or never will be: what it says is wiped. */
export async function finishMail(trx: Db, claim: Claim, end: MailEnd): Promise<void> {
  await finish(trx, { ...claim, ...end });
}

/** It is tried again later. */
export async function postponeMail(
  db: Db,
  claim: Claim,
  until: {
    readonly dueAtMs: number;
    readonly lastReply: string | null;
    readonly wasTried: boolean;
  },
): Promise<void> {
  await ofClaim(db, claim)
    .set((eb) => ({
      due_at_ms: until.dueAtMs,
      leased_until_ms: 0,
      ...(until.wasTried ? { last_reply: until.lastReply } : { attempts: eb('attempts', '-', 1) }),
    }))
    .execute();
}

/**
 * Ends mails whose time is over, except for those that a node is sending.
 *
 * @returns how many there were
 */
export async function endExpiredMails(db: Db, nowMs: number, lastReply: string): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set((eb) => ({
      state: 'dead',
      last_reply: eb.fn.coalesce('last_reply', sql<string>`${lastReply}`),
      sealed_parameters: null,
      finished_at_ms: nowMs,
    }))
    .where('state', '=', pending)
    .where('expires_at_ms', '<=', nowMs)
    .where('leased_until_ms', '<=', databaseNowMs(db))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * Removes, some at a time, what ended before a moment.
 *
 * @returns how many there were
 */
export async function deleteOldMails(
  db: Db,
  finishedBeforeMs: number,
  limit: number,
): Promise<number> {
  const old = await db
    .selectFrom('outbox')
    .select('id')
    .where('finished_at_ms', '<=', finishedBeforeMs)
    .orderBy('finished_at_ms')
    .limit(limit)
    .execute();
  if (old.length === 0) return 0;
  const ids = old.map(({ id }) => id);
  await db.deleteFrom('outbox').where('id', 'in', ids).execute();
  return old.length;
}

/**
 * Drops the mail that waits for emails of nobody who has an account, but for the notice that an account was deleted: of
 * an account that goes, what is about it goes with it.
 *
 * @param emails in lower case
 */
export async function dropPendingMails(trx: Db, emails: readonly string[]): Promise<void> {
  const kept: MessageKind = 'account_deleted';
  await trx
    .deleteFrom('outbox')
    .where('state', '=', pending)
    .where('user_id', 'is', null)
    .where('kind', '<>', kept)
    .where(({ fn }) => fn<string>('lower', ['email']), 'in', emails)
    .execute();
}

export interface MailFilter {
  readonly state?: MailState | undefined;
  readonly userId?: number | undefined;
  readonly beforeId?: number | undefined;
}

/** The newest first. */
export function findMails(db: Db, filter: MailFilter, limit: number): Promise<OutboxRow[]> {
  let query = db.selectFrom('outbox').select(columns).where('state', '<>', 'decoy');
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

export function findMail(db: Db, id: number): Promise<OutboxRow | undefined> {
  return db
    .selectFrom('outbox')
    .select(columns)
    .where('id', '=', id)
    .where('state', '<>', 'decoy')
    .executeTakeFirst();
}

/** How many mails wait to be sent, counted up to a limit. */
export async function countPendingMails(db: Db, nowMs: number, limit: number): Promise<number> {
  const some = db
    .selectFrom('outbox')
    .select('id')
    .where('state', '=', pending)
    .where('expires_at_ms', '>', nowMs)
    .limit(limit)
    .as('some');
  const { count } = await db
    .selectFrom(some)
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/**
 * Makes a mail due now.
 *
 * @returns whether it waits to be sent
 */
export async function makeMailDue(db: Db, id: number, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set({ due_at_ms: nowMs })
    .where('id', '=', id)
    .where('state', '=', pending)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
