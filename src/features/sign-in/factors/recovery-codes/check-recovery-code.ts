import type { Database } from '../../../../db/database.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import type { HashSource, Passwords } from '../../../identity/passwords/index.ts';
import { findUserById } from '../../../identity/users/index.ts';
import { record } from '../../../platform/audit/index.ts';
import type { FactorCheck } from '../factor-check.ts';
import { noteSpent } from '../resets/cancel-reset.ts';
import { readRecoveryCode } from './recovery-code.ts';
import {
  countRecoveryCodes,
  deleteRecoveryCode,
  findRecoveryCode,
} from './recovery-codes.queries.ts';

export interface RecoveryCodeDeps {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly notices: Notices;
}

/**
 * Checks a recovery code. It costs one hash whether or not there is a code of that number, and whatever was sent.
 *
 * @param text as the user typed it
 * @returns undefined if it is wrong
 * @throws AppError `overloaded`
 */
export async function checkRecoveryCode(
  { database, passwords, notices }: RecoveryCodeDeps,
  userId: number,
  text: string,
  source: HashSource,
): Promise<FactorCheck | undefined> {
  const code = readRecoveryCode(text);
  const row = await findRecoveryCode(database.db, userId, code?.number ?? 0);
  const { isRight } = await passwords.verify(row?.hash ?? null, code?.secret ?? '', source);
  if (!row || !isRight) return undefined;
  return {
    kind: 'recovery_code',
    level: 2,
    amr: ['otp'],
    async spend(trx, by) {
      const spent = await deleteRecoveryCode(trx, row);
      if (!(await noteSpent(trx, { notices }, userId, spent, by))) return false;
      const { actor, nowMs } = by;
      const codesLeft = await countRecoveryCodes(trx, userId);
      await record(trx, {
        ...{ kind: 'recovery_code.used', actor, atMs: nowMs, userId },
        details: { codes_left: codesLeft },
      });
      const user = await findUserById(trx, userId);
      const { ip, sessionId } = actor.kind === 'user' ? actor : {};
      const notice = { kind: 'recovery_code_used', codesLeft, nowMs, ip, sessionId } as const;
      if (user) await notices.write(trx, { ...notice, user });
      return true;
    },
  };
}
