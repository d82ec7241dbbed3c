import type { Failures } from '../../platform/audit/index.ts';

export type LoginFailure =
  | 'unknown_account'
  | 'no_password'
  | 'wrong_password'
  | 'unusable_hash'
  | 'user_inactive'
  | 'no_admin_permission'
  | 'wrong_code'
  | 'wrong_passkey'
  | 'email_not_verified'
  /** For a mail that proves an email, by somebody who can sign in without. */
  | 'not_needed'
  | 'rate_limited';

/** An attempt to sign in, as far as it may be recorded. */
export interface LoginAttempt {
  /** The keyed hash of the email: one for every email, whether or not an account has it. */
  readonly account: string;
  /** Undefined if no account has the email. */
  readonly userId: number | undefined;
  readonly ip: string | null;
  readonly atMs: number;
}

/** Notes that it was refused, the same way whatever the reason. */
export function noteFailedLogin(
  failures: Failures,
  { account, userId, ip, atMs }: LoginAttempt,
  reason: LoginFailure,
): void {
  failures.note(`login ${reason} ${account} ${ip}`, (attempts) => ({
    kind: 'login.failed',
    actor: { kind: 'anonymous', ip },
    atMs,
    userId,
    details: { reason, attempts, account },
  }));
}
