import type { Database, Db } from '../db/database.ts';
import { prepareQuery } from '../db/prepared.ts';
import type { SettingValue } from './registry.ts';

export function prepareLatestChangeId(database: Database) {
  return prepareQuery<Record<string, never>, { id: number | null }>(database, () =>
    database.db.selectFrom('setting_changes').select((eb) => eb.fn.max('id').as('id')),
  );
}

export function findStoredSettings(db: Db) {
  return db.selectFrom('settings').select(['name', 'value']).execute();
}

/** The stored value of a setting; undefined: it has its default. */
export async function findStoredSetting(db: Db, name: string): Promise<SettingValue | undefined> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row && (JSON.parse(row.value) as SettingValue);
}

export function upsertSetting(db: Db, name: string, newValue: SettingValue) {
  const value = JSON.stringify(newValue);
  return db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

export function deleteSetting(db: Db, name: string) {
  return db.deleteFrom('settings').where('name', '=', name).execute();
}

/** One entry of the history. */
export interface SettingChange {
  readonly id: number;
  /** Of a setting that there was then, and may not be any more. */
  readonly name: string;
  /** Undefined: the default. */
  readonly from: SettingValue | undefined;
  readonly to: SettingValue | undefined;
  readonly actor: string;
  readonly reason: string;
  readonly changedAtMs: number;
}

const changeColumns = [
  ...(['id', 'name', 'actor', 'reason', 'old_value as oldJson', 'new_value as newJson'] as const),
  'changed_at_ms as changedAtMs',
] as const;

interface ChangeRow extends Omit<SettingChange, 'from' | 'to'> {
  readonly oldJson: string | null;
  readonly newJson: string | null;
}

function changeOf({ oldJson, newJson, ...change }: ChangeRow): SettingChange {
  const parse = (json: string | null) =>
    json === null ? undefined : (JSON.parse(json) as SettingValue);
  return { ...change, from: parse(oldJson), to: parse(newJson) };
}

export async function insertSettingChange(
  db: Db,
  { name, from, to, actor, reason, changedAtMs }: Omit<SettingChange, 'id'>,
): Promise<number> {
  const json = (value: SettingValue | undefined) =>
    value === undefined ? null : JSON.stringify(value);
  const row = await db
    .insertInto('setting_changes')
    .values({
      ...{ name, actor, reason, changed_at_ms: changedAtMs },
      ...{ old_value: json(from), new_value: json(to) },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Newest first. */
export async function findSettingChanges(
  db: Db,
  filter: { name?: string | undefined; beforeId?: number | undefined; limit: number },
): Promise<SettingChange[]> {
  let query = db
    .selectFrom('setting_changes')
    .select(changeColumns)
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  return (await query.execute()).map(changeOf);
}

export async function findSettingChange(db: Db, id: number): Promise<SettingChange | undefined> {
  const row = await db
    .selectFrom('setting_changes')
    .select(changeColumns)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && changeOf(row);
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
