import { type Kysely, sql } from 'kysely';
import { idColumn } from './columns.ts';

/** Who did what, when and from where, and the chain that shows whether any of it was changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('id', ...idColumn(db))
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('actor_kind', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'bigint')
    .addColumn('actor_name', 'text')
    // Without a foreign key: what happened outlives the user and the session that it happened to.
    .addColumn('user_id', 'bigint')
    .addColumn('session_id', 'bigint')
    .addColumn('ip', 'text')
    .addColumn('details', 'text', (column) => column.notNull())
    .addColumn('sequence', 'bigint')
    .addColumn('hash', 'text')
    .addColumn('seal', 'text')
    .addColumn('key_id', 'text')
    .execute();
  await db.schema
    .createIndex('audit_events_sequence')
    .unique()
    .on('audit_events')
    .column('sequence')
    .where(sql.ref('sequence'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('audit_events_unsealed')
    .on('audit_events')
    .column('id')
    .where(sql.ref('sequence'), 'is', null)
    .execute();
  // Each is a way to search, the newest first.
  await db.schema
    .createIndex('audit_events_at')
    .on('audit_events')
    .columns(['at_ms', 'id'])
    .execute();
  for (const column of ['kind', 'actor_id', 'user_id', 'ip']) {
    await db.schema
      .createIndex(`audit_events_${column}`)
      .on('audit_events')
      .columns([column, 'at_ms', 'id'])
      .execute();
  }

  await db.schema
    .createTable('audit_chain')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('head_sequence', 'bigint', (column) => column.notNull())
    .addColumn('head_hash', 'text', (column) => column.notNull())
    .addColumn('anchor_sequence', 'bigint', (column) => column.notNull())
    .addColumn('anchor_hash', 'text', (column) => column.notNull())
    .addColumn('anchor_at_ms', 'bigint')
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('seal', 'text', (column) => column.notNull())
    .execute();
}
