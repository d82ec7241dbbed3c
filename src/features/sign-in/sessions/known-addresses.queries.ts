import type { Database, Db } from '../../../db/database.ts';
import { compiledOnce, prepareQuery } from '../../../db/prepared.ts';

/** When a user last signed in from a network, to the day. */
export function prepareFindKnownAddress(database: Database) {
  return prepareQuery<{ userId: number; network: string }, { last_used_at_ms: number }>(
    database,
    (param) =>
      database.db
        .selectFrom('known_addresses')
        .select('last_used_at_ms')
        .where('user_id', '=', param('userId'))
        .where('network', '=', param('network')),
  );
}

/** A sign-in from a network. */
interface AddressUse {
  readonly userId: number;
  readonly network: string;
  readonly nowMs: number;
  /** What was noted after this was noted lately. */
  readonly notedLatelyMs: number;
}

const noteAddress = compiledOnce<AddressUse, { user_id: number }>((db, param) =>
  db
    .insertInto('known_addresses')
    .values({
      user_id: param('userId'),
      network: param('network'),
      last_used_at_ms: param('nowMs'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'network'])
        .doUpdateSet({ last_used_at_ms: param('nowMs') })
        .where('known_addresses.last_used_at_ms', '<', param('notedLatelyMs')),
    )
    .returning('user_id'),
);

/**
 * Notes that a user signed in from a network. Writes nothing where that was noted lately.
 *
 * @returns whether it wrote
 */
export async function noteKnownAddress(db: Db, use: AddressUse): Promise<boolean> {
  const { rows } = await noteAddress(db, use);
  return rows.length > 0;
}

const forgetOldest = compiledOnce<{ userId: number; keep: number }, never>((db, param) =>
  db
    .deleteFrom('known_addresses')
    .where('user_id', '=', param('userId'))
    .where('network', 'not in', (eb) =>
      eb
        .selectFrom('known_addresses as newest')
        .select('newest.network')
        .where('newest.user_id', '=', param('userId'))
        .orderBy('newest.last_used_at_ms', 'desc')
        .orderBy('newest.network')
        .limit(param('keep')),
    ),
);

/** Forgets all but the networks that a user signed in from last. */
export async function forgetOldestAddresses(db: Db, userId: number, keep: number): Promise<void> {
  await forgetOldest(db, { userId, keep });
}

/** Forgets the networks that a user signed in from, but for one that is kept. */
export async function forgetAddresses(
  db: Db,
  userId: number,
  keptNetwork: string | undefined,
): Promise<void> {
  const query = db.deleteFrom('known_addresses').where('user_id', '=', userId);
  await (keptNetwork === undefined ? query : query.where('network', '<>', keptNetwork)).execute();
}

/** The last used first. */
export function findKnownAddresses(db: Db, userId: number) {
  return db
    .selectFrom('known_addresses')
    .select(['network', 'last_used_at_ms'])
    .where('user_id', '=', userId)
    .orderBy('last_used_at_ms', 'desc')
    .orderBy('network')
    .execute();
}

/** The user of each of the next addresses after those of one user, in order. */
export async function findAddressOwnersAfter(
  db: Db,
  afterUserId: number,
  limit: number,
): Promise<number[]> {
  const rows = await db
    .selectFrom('known_addresses')
    .select('user_id')
    .where('user_id', '>', afterUserId)
    .orderBy('user_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.user_id);
}

/** Forgets the addresses of the users between two ids that were not used since a moment. */
export async function deleteKnownAddressesBefore(
  db: Db,
  range: { afterId: number; throughId: number; beforeMs: number },
): Promise<number> {
  const result = await db
    .deleteFrom('known_addresses')
    .where('user_id', '>', range.afterId)
    .where('user_id', '<=', range.throughId)
    .where('last_used_at_ms', '<', range.beforeMs)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
