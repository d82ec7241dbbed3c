import type { CountedAs, CountedGuess } from '../../platform/limits/index.ts';
import type { Sessions, SignInSource } from '../sessions/index.ts';

/** What a login counts against. */
export interface LoginLimits {
  readonly counted: CountedGuess;
  /** What is taken back where it is right; undefined: nothing is. */
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
 * A device that is not known to the account shares one count with all others. One that is known has
 * its own, so that strangers cannot use it up, and which its owner's success clears. One that shows a
 * token of the account is not counted by its network either, which it may share with strangers.
 *
 * Right passwords count too: each takes a hash, and somebody may have one. They count against the account
 * for devices that are known to it alone. Whoever else is refused for it would learn that there is one.
 *
 * @param accountKey of the email, whether or not an account has it
 * @param userId undefined where nobody has it
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
