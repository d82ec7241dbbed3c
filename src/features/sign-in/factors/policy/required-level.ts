import type { Database, Db } from '../../../../db/database.ts';
import type { AuthLevel } from '../../../../lib/auth-level.ts';
import type { Settings } from '../../../../settings/settings.ts';

/** How strongly a user has to be able to sign in. */
export async function requiredLevel(
  _deps: { readonly database: Database; readonly settings: Settings },
  _userId: number,
  _db?: Db,
): Promise<AuthLevel> {
  return 1;
}
