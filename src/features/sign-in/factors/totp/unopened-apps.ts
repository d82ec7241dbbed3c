import type { Db } from '../../../../db/database.ts';
import { type AppSecret, findSecretsAfter } from './authenticator-apps.queries.ts';
import { openSecret } from './sealed-secrets.ts';

const stepSize = 1_000;

/**
 * How many authenticator apps have a secret that none of the server's secrets opens: their codes are refused. Looks at
 * all of them.
 */
export async function countUnopenedApps(db: Db, secretKeys: readonly string[]): Promise<number> {
  const [secretKey = '', ...secretKeyFallbacks] = secretKeys;
  const isUnopened = (app: AppSecret) =>
    !openSecret({ secretKey, secretKeyFallbacks }, app.secret, app);
  let apps = await findSecretsAfter(db, 0, stepSize);
  let count = apps.filter(isUnopened).length;
  while (apps.length === stepSize) {
    apps = await findSecretsAfter(db, apps.at(-1)?.id ?? 0, stepSize);
    count += apps.filter(isUnopened).length;
  }
  return count;
}
