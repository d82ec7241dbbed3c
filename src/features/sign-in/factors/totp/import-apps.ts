import type { Database, Db } from '../../../../db/database.ts';
import { type Actor, record } from '../../../platform/audit/index.ts';
import { bumpFactorEpoch, updateFactorLevel } from '../factor-level.ts';
import {
  deleteImportedApps,
  type EarlierImport,
  insertImportedApps,
  replaceApps,
} from './import-apps.queries.ts';
import { type SealDeps, sealSecret } from './sealed-secrets.ts';
import { defaultAppName } from './totp.ts';

/** An authenticator app of another system. */
export interface ImportedSecret {
  readonly secret: Uint8Array;
  /** Absent: it has none. */
  readonly name?: string | undefined;
  /** No code up to this time step is accepted: it was used there. */
  readonly lastStep?: number | undefined;
}

/** The same, and its user. */
export interface ImportedApp extends ImportedSecret {
  readonly userId: number;
}

/**
 * Gives users authenticator apps that they have confirmed in another system, in place of those that they have, in the
 * transaction that imports the users. Their phones need nothing new.
 */
export async function importApps(
  trx: Db,
  database: Database,
  seal: SealDeps,
  apps: readonly ImportedApp[],
  nowMs: number,
): Promise<void> {
  if (apps.length === 0) return;
  const userIds = apps.map(({ userId }) => userId);
  const inserted = await insertImportedApps(trx, database, userIds, nowMs);
  // A user has as many new rows as apps; which is which is open until now.
  const idsOf = Map.groupBy(inserted, ({ userId }) => userId);
  const rows = apps.flatMap(({ userId, secret, name = defaultAppName, lastStep = 0 }) => {
    const row = idsOf.get(userId)?.pop();
    return row ? [[row.id, userId, sealSecret(seal, secret, row), name, lastStep] as const] : [];
  });
  await replaceApps(trx, database, rows);
}

/**
 * Removes the apps of users that an import gave them and that they do not have in the other system any more, in the
 * transaction that imports the users: nobody could show a code of them. Apps that were added here since stay.
 */
export async function dropImportedApps(
  trx: Db,
  database: Database,
  imports: readonly EarlierImport[],
  { actor, nowMs }: { readonly actor: Actor; readonly nowMs: number },
): Promise<void> {
  const dropped = await deleteImportedApps(trx, database, imports);
  for (const [userId, apps] of Map.groupBy(dropped, (app) => app.userId)) {
    await updateFactorLevel(trx, userId);
    await bumpFactorEpoch(trx, userId);
    const details = { authenticator_apps: apps.length, passkeys: 0 };
    await record(trx, { kind: 'factors.dropped', actor, atMs: nowMs, userId, details });
  }
}
