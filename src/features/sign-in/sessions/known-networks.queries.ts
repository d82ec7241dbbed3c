import type { Database, Db } from '../../../db/database.ts';
import { compiledOnce, prepareQuery } from '../../../db/prepared.ts';

/** When a user last signed in from a network, to the day. */
export function prepareFindKnownNetwork(database: Database) {
  return prepareQuery<{ userId: number; network: string }, { lastUsedAtMs: number }>(
    database,
    (param) =>
      database.db
        .selectFrom('known_networks')
        .select('last_used_at_ms as lastUsedAtMs')
        .where('user_id', '=', param('userId'))
        .where('network', '=', param('network')),
  );
}

const findNetwork = compiledOnce<{ userId: number; network: string }, { lastUsedAtMs: number }>(
  (db, param) =>
    db
      .selectFrom('known_networks')
      .select('last_used_at_ms as lastUsedAtMs')
      .where('user_id', '=', param('userId'))
      .where('network', '=', param('network')),
);

/** The same, in milliseconds; undefined: never, as far as is remembered. */
export async function findNetworkUse(
  db: Db,
  of: { readonly userId: number; readonly network: string },
): Promise<number | undefined> {
  const { rows } = await findNetwork(db, of);
  return rows[0]?.lastUsedAtMs;
}

/** A sign-in from a network. */
interface NetworkUse {
  readonly userId: number;
  readonly network: string;
  readonly nowMs: number;
  /** A use that was stored after this time need not be stored again. */
  readonly notedLatelyMs: number;
}

const noteNetwork = compiledOnce<NetworkUse, { userId: number }>((db, param) =>
  db
    .insertInto('known_networks')
    .values({
      user_id: param('userId'),
      network: param('network'),
      last_used_at_ms: param('nowMs'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'network'])
        .doUpdateSet({ last_used_at_ms: param('nowMs') })
        .where('known_networks.last_used_at_ms', '<', param('notedLatelyMs')),
    )
    .returning('user_id as userId'),
);

/**
 * Notes that a user signed in from a network. Writes nothing where that was noted lately.
 *
 * @returns whether it wrote
 */
export async function noteKnownNetwork(db: Db, use: NetworkUse): Promise<boolean> {
  const { rows } = await noteNetwork(db, use);
  return rows.length > 0;
}

const forgetOldest = compiledOnce<{ userId: number; keep: number }, unknown>((db, param) =>
  db
    .deleteFrom('known_networks')
    .where('user_id', '=', param('userId'))
    .where('network', 'not in', (eb) =>
      eb
        .selectFrom('known_networks as newest')
        .select('newest.network')
        .where('newest.user_id', '=', param('userId'))
        .orderBy('newest.last_used_at_ms', 'desc')
        .orderBy('newest.network')
        .limit(param('keep')),
    ),
);

/** Forgets all but the networks that a user signed in from last. */
export async function forgetOldestNetworks(db: Db, userId: number, keep: number): Promise<void> {
  await forgetOldest(db, { userId, keep });
}

/** Forgets the networks that a user signed in from, except for one. */
export async function forgetKnownNetworks(
  db: Db,
  userId: number,
  keptNetwork: string | undefined,
): Promise<void> {
  const query = db.deleteFrom('known_networks').where('user_id', '=', userId);
  await (keptNetwork === undefined ? query : query.where('network', '<>', keptNetwork)).execute();
}

/** The networks that a user signed in from, the last used first. */
export function findKnownNetworks(db: Db, userId: number) {
  return db
    .selectFrom('known_networks')
    .select(['network', 'last_used_at_ms as lastUsedAtMs'])
    .where('user_id', '=', userId)
    .orderBy('last_used_at_ms', 'desc')
    .orderBy('network')
    .execute();
}

/** The user of each of the next networks after those of one user, in order. */
export async function findNetworkOwnersAfter(
  db: Db,
  afterUserId: number,
  limit: number,
): Promise<number[]> {
  const rows = await db
    .selectFrom('known_networks')
    .select('user_id as userId')
    .where('user_id', '>', afterUserId)
    .orderBy('user_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.userId);
}

/** Forgets the networks of users in a range of ids that were not used since a time. */
export async function deleteKnownNetworksBefore(
  db: Db,
  range: { afterId: number; throughId: number; beforeMs: number },
): Promise<number> {
  const result = await db
    .deleteFrom('known_networks')
    .where('user_id', '>', range.afterId)
    .where('user_id', '<=', range.throughId)
    .where('last_used_at_ms', '<', range.beforeMs)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
