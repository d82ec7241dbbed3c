import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import { type Body, textMember } from '../../lib/fields.ts';
import { codePointLength } from '../../lib/text.ts';
import type { Passwords } from '../passwords/index.ts';
import type { SessionOrigin, Sessions, TokenPair } from '../sessions/index.ts';
import {
  emailMaxLength,
  findUserByEmail,
  normalizeEmail,
  replacePasswordHash,
} from '../users/index.ts';

/**
 * Signs a user in. Every failure gets the same answer, and an unknown address, a deactivated user
 * and one without a password cost the same hash as a wrong password.
 *
 * @throws AppError `invalid_credentials`, `overloaded`
 */
export async function login(
  deps: Deps & { passwords: Passwords; sessions: Sessions },
  body: Body,
  origin: SessionOrigin,
): Promise<TokenPair> {
  const email = textMember(body, 'email');
  const password = textMember(body, 'password');
  if (!email || !password) throw refused(deps, 'malformed');
  const user = isPossible(email, password)
    ? await findUserByEmail(deps.database.db, normalizeEmail(email))
    : undefined;
  const oldHash = user?.password_hash ?? null;
  const { isRight, newHash } = await deps.passwords.verify(oldHash, password);
  if (!user || oldHash === null || !isRight) throw refused(deps, 'refused');
  // Here and not by `start` alone: its transaction would take time that a wrong password does not.
  if (user.is_active === 0) throw refused(deps, 'inactive');
  if (newHash) {
    const hashes = { from: oldHash, to: newHash };
    await replacePasswordHash(deps.database.db, user.id, hashes, deps.clock.nowMs());
  }
  const pair = await deps.sessions.start(user.id, origin);
  if (!pair) throw refused(deps, 'inactive'); // since we looked
  deps.metrics.signIns.inc({ outcome: 'success' });
  return pair;
}

/** What no account can have is not looked for, and cannot pass for what one has. */
function isPossible(email: string, password: string): boolean {
  return (
    email.isWellFormed() && password.isWellFormed() && codePointLength(email) <= emailMaxLength
  );
}

function refused({ metrics }: Deps, outcome: 'malformed' | 'refused' | 'inactive'): AppError {
  metrics.signIns.inc({ outcome });
  return new AppError('invalid_credentials');
}
