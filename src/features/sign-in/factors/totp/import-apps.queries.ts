import { sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../../db/batch.ts';
import type { Database, Db } from '../../../../db/database.ts';

/** Inserts an app for each of some users, whose secret and name are to follow: it is sealed for the id. */
export async function insertImportedApps(
  trx: Db,
  database: Database,
  userIds: readonly number[],
  nowMs: number,
): Promise<{ id: number; userId: number }[]> {
  const { rows } = await sql<{ id: number; userId: number }>`
    insert into authenticator_apps (user_id, name, secret, confirmed_at_ms, created_at_ms)
    select ${batchInteger(0)}, '', '', cast(${nowMs} as bigint),
      cast(${nowMs} as bigint)
    from ${batchItems(database, JSON.stringify(userIds.map((id) => [id])))} where true
    returning id, user_id as "userId"`.execute(trx);
  return rows;
}

/** Stores what they are, removes the apps that their users had before, and notes how strongly these can sign in. */
export async function replaceApps(
  trx: Db,
  database: Database,
  apps: readonly (readonly [
    ...[id: number, userId: number, sealed: string, name: string, lastStep: number],
  ])[],
): Promise<void> {
  const items = () => batchItems(database, JSON.stringify(apps));
  await trx
    .updateTable('authenticator_apps')
    .from(items())
    .set({
      ...{ secret: sql<string>`${batchText(2)}`, name: sql<string>`${batchText(3)}` },
      last_step: sql<number>`${batchInteger(4)}`,
    })
    .where('authenticator_apps.id', '=', batchInteger(0))
    .execute();
  await sql`
    delete from authenticator_apps where user_id in (select ${batchInteger(1)} from ${items()})
      and id not in (select ${batchInteger(0)} from ${items()})`.execute(trx);
  await trx
    .updateTable('users')
    .from(items())
    .set({ factor_level: 2 })
    .where('users.id', '=', batchInteger(1))
    .where('users.factor_level', '<', 2)
    .execute();
}

/** A user, and when an import made or reset them last. */
export interface EarlierImport {
  readonly userId: number;
  readonly importedAtMs: number;
}

/** Deletes the apps that users had then. */
export async function deleteImportedApps(
  trx: Db,
  database: Database,
  imports: readonly EarlierImport[],
): Promise<{ userId: number }[]> {
  if (imports.length === 0) return [];
  const rows = imports.map(({ userId, importedAtMs }) => [userId, importedAtMs]);
  const { rows: deleted } = await sql<{ userId: number }>`
    delete from authenticator_apps where id in (
      select app.id from ${batchItems(database, JSON.stringify(rows))}
      join authenticator_apps as app on app.user_id = ${batchInteger(0)}
        and app.created_at_ms <= ${batchInteger(1)}
    ) returning user_id as "userId"`.execute(trx);
  return deleted;
}
