import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { type EventRow, eventColumns } from './audit.queries.ts';

/** Where the chain ends and begins, and the seal of that. */
export interface ChainRow {
  readonly headSequence: number;
  readonly headHash: string;
  readonly anchorSequence: number;
  readonly anchorHash: string;
  readonly anchorAtMs: number | null;
  readonly keyId: string;
  readonly seal: string;
}

const chainColumns = [
  ...(['head_sequence as headSequence', 'head_hash as headHash'] as const),
  ...(['anchor_sequence as anchorSequence', 'anchor_hash as anchorHash'] as const),
  ...(['anchor_at_ms as anchorAtMs', 'key_id as keyId', 'seal'] as const),
] as const;

const chainValues = (chain: ChainRow) => ({
  head_sequence: chain.headSequence,
  head_hash: chain.headHash,
  anchor_sequence: chain.anchorSequence,
  anchor_hash: chain.anchorHash,
  anchor_at_ms: chain.anchorAtMs,
  key_id: chain.keyId,
  seal: chain.seal,
});

/** Where the chain ends and begins; undefined until the first event is sealed. */
export function findChain(db: Db) {
  return db.selectFrom('audit_chain').select(chainColumns).where('id', '=', 1).executeTakeFirst();
}

/** As `findChain`, and nobody else moves it until the transaction ends. */
export function lockChain(trx: Db) {
  return trx
    .selectFrom('audit_chain')
    .select(chainColumns)
    .where('id', '=', 1)
    .forUpdate()
    .executeTakeFirst();
}

/** @returns whether this was the one to begin it */
export async function insertChain(trx: Db, chain: ChainRow): Promise<boolean> {
  const result = await trx
    .insertInto('audit_chain')
    .values({ id: 1, ...chainValues(chain) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** @returns whether it was at its expected place */
export async function moveChain(trx: Db, from: ChainRow, to: ChainRow): Promise<boolean> {
  const result = await trx
    .updateTable('audit_chain')
    .set(chainValues(to))
    .where('id', '=', 1)
    .where('head_sequence', '=', from.headSequence)
    .where('head_hash', '=', from.headHash)
    .where('anchor_sequence', '=', from.anchorSequence)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * Whether any event waits for its place in the chain. In their order, although any would do: after a backlog
 * PostgreSQL takes most events for some that wait, and would look for one from the beginning of the table.
 */
export async function hasUnsealedEvents(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('audit_events')
    .select('id')
    .where('sequence', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The events that wait for their place in the chain, in the order of their ids. */
export function findUnsealedEvents(db: Db, limit: number) {
  return db
    .selectFrom('audit_events')
    .select(eventColumns)
    .where('sequence', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export interface SealedRow {
  readonly id: number;
  readonly sequence: number;
  readonly hash: string;
  readonly seal: string;
  readonly keyId: string;
}

/** @returns how many of the events got their place: those that had none */
export async function sealEventRows(
  database: Database,
  trx: Db,
  rows: readonly SealedRow[],
): Promise<number> {
  const batch = JSON.stringify(
    rows.map((row) => [row.id, row.sequence, row.hash, row.seal, row.keyId]),
  );
  const result = await trx
    .updateTable('audit_events')
    .from(batchItems(database, batch))
    .set({
      sequence: batchInteger(1),
      hash: batchText(2),
      seal: batchText(3),
      key_id: batchText(4),
    })
    .where('audit_events.id', '=', batchInteger(0))
    .where('audit_events.sequence', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** The last event that has a place in the chain. */
export async function findLastLink(
  db: Db,
): Promise<{ sequence: number; hash: string } | undefined> {
  const row = await db
    .selectFrom('audit_events')
    .select(['sequence', 'hash'])
    .where('sequence', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { sequence: row.sequence ?? 0, hash: row.hash ?? '' };
}

/** An event that has its place in the chain. */
export type SealedEvent = EventRow & { readonly sequence: number };

/** The last event that has its seal from one secret. */
export async function findLastSealedUnder(db: Db, keyId: string): Promise<SealedEvent | undefined> {
  const row = await db
    .selectFrom('audit_events')
    .select(eventColumns)
    .where('sequence', 'is not', null)
    .where('key_id', '=', keyId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row as SealedEvent | undefined;
}

/** The events at the places from one to another, in their order. */
export async function findSealedEvents(
  db: Db,
  from: number,
  through: number,
  limit: number,
): Promise<SealedEvent[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select(eventColumns)
    .where('sequence', '>=', from)
    .where('sequence', '<=', through)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows as SealedEvent[];
}

/**
 * When the chain went on under another key, or may have; the newest first.
 *
 * @returns `keyBefore`: the key that sealed what was before. The event that hands the chain over is sealed by the
 *   older key, and what follows by the key that it names.
 */
export async function findKeyChanges(db: Db, limit: number) {
  const rows = await db
    .selectFrom('audit_events')
    .leftJoin('audit_events as before', (join) =>
      join.on((eb) => eb('before.sequence', '=', eb('audit_events.sequence', '-', 1))),
    )
    .select(['audit_events.at_ms as atMs', 'audit_events.kind', 'before.key_id as keyId'])
    .select(['before.kind as kindBefore', 'before.details as detailsBefore'])
    .where('audit_events.kind', 'in', ['audit.started', 'secret.adopted', 'audit.chain_broken'])
    .where('audit_events.sequence', 'is not', null)
    .orderBy('audit_events.sequence', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ atMs, kind, keyId, kindBefore, detailsBefore }) => ({
    ...{ atMs, kind },
    keyBefore: kindBefore === 'secret.adopted' ? keyNamedIn(detailsBefore) : keyId,
  }));
}

function keyNamedIn(details: string | null): string | null {
  const { key_id: keyId } = JSON.parse(details ?? '{}') as { key_id?: string };
  return keyId ?? null;
}

/** How many events wait for their place, and since when the oldest. */
export async function countUnsealedEvents(db: Db) {
  const row = await db
    .selectFrom('audit_events')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.min<number | null>('at_ms').as('oldestMs'),
    ])
    .where('sequence', 'is', null)
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), oldestMs: row.oldestMs };
}

/** Removes sealed events up to a place in the chain. */
export async function deleteSealedThrough(trx: Db, sequence: number): Promise<number> {
  const result = await trx
    .deleteFrom('audit_events')
    .where('sequence', '<=', sequence)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
