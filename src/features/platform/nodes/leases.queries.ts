import type { Db } from '../../../db/database.ts';
import { databaseNowMs } from '../../../db/engine.ts';

/** On SQLite one server runs: the work is its own from its start on, whichever server ran before. */
const forEverMs = 100 * 365 * 86_400_000;

/**
 * Takes a lease that nobody has, or renews one that the node has. It is one statement, by the database's clock: of
 * any number of nodes that try at once one gets it, whatever their own clocks say.
 *
 * @returns whether the node has it now
 */
export async function takeLease(
  db: Db,
  lease: { readonly name: string; readonly nodeId: string; readonly lifetimeMs: number },
): Promise<boolean> {
  const nowMs = databaseNowMs(db);
  const row = await db
    .insertInto('leases')
    .values((eb) => ({
      name: lease.name,
      node_id: lease.nodeId,
      expires_at_ms: eb(nowMs, '+', lease.lifetimeMs),
    }))
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((eb) => ({
          node_id: eb.ref('excluded.node_id'),
          expires_at_ms: eb.ref('excluded.expires_at_ms'),
        }))
        .where((eb) =>
          eb.or([eb('leases.node_id', '=', lease.nodeId), eb('leases.expires_at_ms', '<=', nowMs)]),
        ),
    )
    .returning('node_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes a lease if there are no other nodes. */
export async function takeLeaseAlone(db: Db, name: string, nodeId: string): Promise<void> {
  const lease = { node_id: nodeId, expires_at_ms: Date.now() + forEverMs };
  await db
    .insertInto('leases')
    .values({ name, ...lease })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(lease))
    .execute();
}

export function deleteLeasesOf(db: Db, nodeId: string) {
  return db.deleteFrom('leases').where('node_id', '=', nodeId).execute();
}

/** The leases that somebody has now. */
export function findLeases(db: Db) {
  return db
    .selectFrom('leases')
    .select(['name', 'node_id as nodeId'])
    .where('expires_at_ms', '>', databaseNowMs(db))
    .orderBy('name')
    .execute();
}
