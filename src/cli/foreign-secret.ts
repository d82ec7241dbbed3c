import type { Logger } from 'pino';
import { createSealKeys, isSecretForeign } from '../features/audit/index.ts';
import { countLostSessions } from '../features/sessions/index.ts';
import { countOf } from '../lib/words.ts';
import type { SecretKeys } from './secret-keys.ts';
import type { Workspace } from './workspace.ts';

/** What to do about it. */
export const oldSecretAdvice =
  'Put the old secret-key back, or name the old secret in LATCHKEY_SECRET_KEY_FALLBACKS, and restart the server.';

/** Says at the start that the database was used with a secret that is not here. */
export async function warnOfForeignSecret(
  { database: { db }, clock }: Pick<Workspace, 'database' | 'clock'>,
  { secretKey, secretKeyFallbacks }: SecretKeys,
  log: Logger,
): Promise<void> {
  const secretKeys = [secretKey, ...secretKeyFallbacks];
  if (!(await isSecretForeign(db, createSealKeys(secretKeys)))) return;
  const { count } = (await countLostSessions(db, secretKeys, clock.nowMs())) ?? { count: 0 };
  log.error(
    { sessions: count },
    `this secret is not the one that the database was used with: ${countOf(count, 'session')} will ` +
      `not be renewed. ${oldSecretAdvice}`,
  );
}
