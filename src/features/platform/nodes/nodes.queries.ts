import type { Db } from '../../../db/database.ts';
import { databaseNowMs } from '../../../db/engine.ts';
import type { NodeTable } from '../../../db/schema.ts';

export interface NewNode extends Pick<NodeTable, 'id' | 'version' | 'host' | 'pid' | 'worker'> {
  /** The newest change of a setting that is in force on it. */
  readonly settingChangeId: number;
}

/** Reports that a node is alive. A node that others have taken for dead is there again. */
export function noteNode(db: Db, { settingChangeId, ...node }: NewNode) {
  const nowMs = databaseNowMs(db);
  return db
    .insertInto('nodes')
    .values({
      ...{ ...node, setting_change_id: settingChangeId },
      ...{ started_at_ms: nowMs, seen_at_ms: nowMs },
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ seen_at_ms: nowMs, setting_change_id: settingChangeId }),
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
    .select(['id', 'version', 'host', 'pid', 'worker'])
    .select(['started_at_ms as startedAtMs', 'seen_at_ms as seenAtMs'])
    .select((eb) => [
      databaseNowMs(db).as('nowMs'),
      eb
        .selectFrom('setting_changes')
        .select((changes) => changes.fn.min('changed_at_ms').as('at_ms'))
        .whereRef('setting_changes.id', '>', 'nodes.setting_change_id')
        .as('lacksSinceMs'),
    ])
    .orderBy('started_at_ms')
    .orderBy('id')
    .execute();
}
