import type { CountedAs } from '../../platform/limits/index.ts';
import type { Sessions, SignInSource } from '../sessions/index.ts';

/** What a login counts against where its password is wrong. */
export interface LoginLimits {
  readonly counted: readonly CountedAs[];
  /** What is taken back where it is right; undefined: nothing is. */
  readonly forgiven: CountedAs | undefined;
}

/** What logins count against. */
export const loginLimitNames = [
  'LOGIN_FAILURES_PER_ACCOUNT',
  'LOGIN_FAILURES_PER_DEVICE',
  'LOGIN_FAILURES_PER_ADDRESS',
] as const;

/**
 * A device that is not known to the account shares one count with all others. One that is known has
 * its own, so that strangers cannot use it up, and which its owner's success clears. One that shows a
 * token of the account is not counted by its address either, which may be a stranger's too.
 *
 * @param accountKey of the e-mail address, whether or not anybody has it
 * @param userId undefined where nobody has it
 */
export async function loginLimits(
  { findKnownDevice }: Sessions,
  { accountKey, userId }: { accountKey: string; userId: number | undefined },
  source: SignInSource,
): Promise<LoginLimits> {
  const device = await findKnownDevice(userId, source);
  const address: CountedAs = ['LOGIN_FAILURES_PER_ADDRESS', source.network];
  if (!device) {
    const account: CountedAs = ['LOGIN_FAILURES_PER_ACCOUNT', accountKey];
    return { counted: [account, address], forgiven: undefined };
  }
  const own: CountedAs = ['LOGIN_FAILURES_PER_DEVICE', device.key];
  return { counted: device.by === 'session' ? [own] : [own, address], forgiven: own };
}
