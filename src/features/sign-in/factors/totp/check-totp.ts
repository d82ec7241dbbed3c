import type { Deps } from '../../../../deps.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import type { FactorCheck } from '../factor-check.ts';
import { noteSpent } from '../resets/cancel-reset.ts';
import { findAppSecrets, spendStep } from './authenticator-apps.queries.ts';
import { openSecret } from './sealed-secrets.ts';
import { stepOf } from './totp.ts';

/**
 * Checks a code against every authenticator app of a user. All are tried, so that the time does not tell which one it is
 * of. A code that was accepted before is as wrong as any other (RFC 6238 5.2).
 *
 * @param code six digits
 * @returns undefined if it is wrong
 */
export async function checkTotp(
  deps: Pick<Deps, 'database' | 'clock' | 'secretKey' | 'secretKeyFallbacks'> & {
    readonly notices: Notices;
  },
  userId: number,
  code: string,
): Promise<FactorCheck | undefined> {
  const nowMs = deps.clock.nowMs();
  const apps = await findAppSecrets(deps.database.db, userId);
  const matches = apps.flatMap((app) => {
    const opened = openSecret(deps, app.secret, app);
    const step = opened && stepOf(opened.secret, code, nowMs);
    return step !== undefined && step > app.lastStep ? [{ id: app.id, step }] : [];
  });
  const [match] = matches;
  if (!match) return undefined;
  return {
    kind: 'totp',
    level: 2,
    amr: ['otp'],
    async spend(trx, by) {
      const spent = await spendStep(trx, { ...match, nowMs: by.nowMs });
      return noteSpent(trx, deps, userId, spent, by);
    },
  };
}
