import type { CountedAs, CountedGuess } from '../../platform/limits/index.ts';
import type { Sessions, SignInSource } from '../sessions/index.ts';

/** The limits that count a login. */
export interface LoginLimits {
  readonly counted: CountedGuess;
  /** The counts that a right password takes back; undefined: none. */
  readonly forgiven: CountedAs | undefined;
  /** Whether the device has shown a token of an earlier session of the account. */
  readonly isKnownDevice: boolean;
}

/** What logins count against. */
export const loginLimitNames = [
  'LOGIN_FAILURES_PER_ACCOUNT',
  'LOGIN_FAILURES_PER_DEVICE',
  'LOGIN_FAILURES_PER_NETWORK',
  'LOGINS_PER_ACCOUNT',
  'LOGINS_PER_NETWORK',
] as const;

/**
 * A device that the account does not know shares one count with all others. A known one has its own count, which
 * strangers cannot use up, and which its owner's success clears. A device that shows a token of the account is not
 * counted by its network either, which it may share with strangers.
 *
 * Right passwords count too: each takes a hash, and an attacker may have one. They count against the account for
 * known devices only. Other devices that were refused for it would learn that the account exists.
 *
 * @param accountKey of the email, whether or not an account has it
 * @param userId undefined if no account has it
 */
export async function loginLimits(
  { findKnownDevice }: Sessions,
  { accountKey, userId }: { accountKey: string; userId: number | undefined },
  source: SignInSource,
): Promise<LoginLimits> {
  const device = await findKnownDevice(userId, source);
  const network: CountedAs = ['LOGIN_FAILURES_PER_NETWORK', source.network];
  const ofNetwork: CountedAs = ['LOGINS_PER_NETWORK', source.network];
  if (!device) {
    const account: CountedAs = ['LOGIN_FAILURES_PER_ACCOUNT', accountKey];
    return {
      counted: { ifWrong: [account, network], ifRight: [ofNetwork] },
      forgiven: undefined,
      isKnownDevice: false,
    };
  }
  const own: CountedAs = ['LOGIN_FAILURES_PER_DEVICE', device.key];
  const ofAccount: CountedAs = ['LOGINS_PER_ACCOUNT', accountKey];
  const counted =
    device.by === 'session'
      ? { ifWrong: [own], ifRight: [ofAccount] }
      : { ifWrong: [own, network], ifRight: [ofAccount, ofNetwork] };
  return { counted, forgiven: own, isKnownDevice: device.by === 'session' };
}
