import type { Db } from '../../../db/database.ts';
import { databaseNowMs } from '../../../db/engine.ts';
import type { NodeTable } from '../../../db/schema.ts';

export type NewNode = Omit<NodeTable, 'started_at_ms' | 'seen_at_ms'>;

/** Reports that a node is alive. A node that others have taken for dead is there again. */
export function noteNode(db: Db, node: NewNode) {
  const nowMs = databaseNowMs(db);
  return db
    .insertInto('nodes')
    .values({ ...node, started_at_ms: nowMs, seen_at_ms: nowMs })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ seen_at_ms: nowMs, setting_change_id: node.setting_change_id }),
    )
    .execute();
}

export function deleteNode(db: Db, id: string) {
  return db.deleteFrom('nodes').where('id', '=', id).execute();
}

export function deleteOtherNodes(db: Db, id: string) {
  return db.deleteFrom('nodes').where('id', '!=', id).execute();
}

/** Forgets the nodes that were not seen for a while. */
export function deleteNodesUnseenFor(db: Db, ms: number) {
  const nowMs = databaseNowMs(db);
  return db
    .deleteFrom('nodes')
    .where('seen_at_ms', '<', (eb) => eb(nowMs, '-', ms))
    .execute();
}

/** Every node, the earliest start first, with the times that tell whether it is alive. */
export function findNodes(db: Db) {
  return db
    .selectFrom('nodes')
    .selectAll()
    .select((eb) => [
      databaseNowMs(db).as('now_ms'),
      eb
        .selectFrom('setting_changes')
        .select((changes) => changes.fn.min('changed_at_ms').as('at_ms'))
        .whereRef('setting_changes.id', '>', 'nodes.setting_change_id')
        .as('lacks_since_ms'),
    ])
    .orderBy('started_at_ms')
    .orderBy('id')
    .execute();
}
