import type { Failures } from '../../platform/audit/index.ts';

export type LoginFailure =
  | 'unknown_account'
  | 'no_password'
  | 'wrong_password'
  | 'unusable_hash'
  | 'user_inactive'
  | 'no_admin_permission'
  | 'rate_limited';

/** An attempt to sign in, as far as it may be recorded. */
export interface LoginAttempt {
  /** The keyed hash of the e-mail address: one for every address, whether or not anybody has it. */
  readonly account: string;
  /** Undefined where nobody has the address. */
  readonly userId: number | undefined;
  readonly address: string | null;
  readonly atMs: number;
}

/** Notes that it was refused, the same way whatever the reason. */
export function noteFailedLogin(
  failures: Failures,
  { account, userId, address, atMs }: LoginAttempt,
  reason: LoginFailure,
): void {
  failures.note(`login ${reason} ${account} ${address}`, (attempts) => ({
    kind: 'login.failed',
    actor: { kind: 'anonymous', address },
    atMs,
    userId,
    details: { reason, attempts, account },
  }));
}
