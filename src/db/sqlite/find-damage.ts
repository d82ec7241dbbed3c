import { statSync } from 'node:fs';
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** Checking a file up to this size takes some tenths of a second; for larger files it is a separate task. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Looks at every page of a database that is not too large for it.
 *
 * @throws Error with SQLite's code for damage, so that it is found at the start and not by a user
 */
export async function throwOnDamage({ db, location }: Database): Promise<void> {
  if (statSync(location).size > maxBytes) return;
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(db);
  const damage = rows[0]?.quick_check;
  if (damage !== undefined && damage !== 'ok') {
    throw Object.assign(new Error(damage), { errcode: 11 }); // SQLITE_CORRUPT
  }
}
