import type { Database, Db } from '../../../../db/database.ts';
import { insertImportedApps, replaceApps } from './import-apps.queries.ts';
import { type SealDeps, sealSecret } from './sealed-secrets.ts';

/** The authenticator app of a user in another system. */
export interface ImportedApp {
  readonly userId: number;
  readonly secret: Uint8Array;
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
  const secrets = new Map(apps.map(({ userId, secret }) => [userId, secret]));
  const sealed = inserted.flatMap(({ id, userId }) => {
    const secret = secrets.get(userId);
    return secret ? [[id, userId, sealSecret(seal, secret, { id, userId })] as const] : [];
  });
  await replaceApps(trx, database, sealed);
}
