import type { Database, Db } from '../db/database.ts';
import { prepareQuery } from '../db/prepared.ts';

export function prepareLatestChangeId(database: Database) {
  return prepareQuery<Record<string, never>, { id: number | null }>(database, () =>
    database.db.selectFrom('setting_changes').select((eb) => eb.fn.max('id').as('id')),
  );
}

export function findStoredSettings(db: Db) {
  return db.selectFrom('settings').select(['name', 'value']).execute();
}

export async function findStoredSetting(db: Db, name: string): Promise<string | null> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value ?? null;
}

export function upsertSetting(db: Db, name: string, value: string) {
  return db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

export function deleteSetting(db: Db, name: string) {
  return db.deleteFrom('settings').where('name', '=', name).execute();
}

export interface NewSettingChange {
  name: string;
  old_value: string | null;
  new_value: string | null;
  actor: string;
  reason: string;
  changed_at_ms: number;
}

export async function insertSettingChange(db: Db, change: NewSettingChange): Promise<number> {
  const row = await db
    .insertInto('setting_changes')
    .values(change)
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Newest first. */
export function findSettingChanges(
  db: Db,
  filter: { name?: string | undefined; beforeId?: number | undefined; limit: number },
) {
  let query = db
    .selectFrom('setting_changes')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  return query.execute();
}

export function findSettingChange(db: Db, id: number) {
  return db.selectFrom('setting_changes').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The last change of a setting; 0 where it was never changed. */
export async function findLatestChangeId(db: Db, name: string): Promise<number> {
  const row = await db
    .selectFrom('setting_changes')
    .select((eb) => eb.fn.max('id').as('id'))
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.id ?? 0;
}

/** The last change of each setting that was ever changed. */
export function findLatestChangeIds(db: Db) {
  return db
    .selectFrom('setting_changes')
    .select((eb) => ['name', eb.fn.max('id').as('id')])
    .groupBy('name')
    .execute();
}
