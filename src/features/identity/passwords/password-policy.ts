import type { Logger } from 'pino';
import type { Metrics } from '../../../http/metrics.ts';
import { codePointLength } from '../../../lib/text.ts';
import { countOf } from '../../../lib/words.ts';
import type { Settings } from '../../../settings/settings.ts';
import { isCommonPassword } from './blocklist.ts';
import { createBreachCheck } from './breach-check.ts';
import { isSimilar } from './similarity.ts';

/** Whose password it is to be. */
export interface PasswordOwner {
  readonly email: string;
  readonly username?: string;
}

/** The rules for a new password, beyond those of every password field (NIST SP 800-63B-4 3.1.1.2). */
export interface PasswordPolicy {
  /**
   * The messages for a new password, as the list of its field has them: all that apply, in a fixed order.
   *
   * @param password a trimmed text that has passed `passwordField`
   */
  faultsOf(password: string, owner: PasswordOwner): Promise<string[]>;
}

interface Deps {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Where breached passwords are looked up; see breach-check.ts. */
  readonly breachRangeUrl: string;
}

export function createPasswordPolicy(deps: Deps): PasswordPolicy {
  const { settings } = deps;
  const isBreached = createBreachCheck(deps, deps.breachRangeUrl);
  return {
    async faultsOf(password, owner) {
      const faults = faultsHere(settings, password, owner);
      // Asked last, and only of what would be taken: as little as can be leaves the house.
      const isAsked = faults.length === 0 && settings.get('PASSWORD_BREACH_CHECK');
      return isAsked && (await isBreached(password)) ? [breached] : faults;
    },
  };
}

const common = 'This password is too common.';
const breached = 'This password has appeared in a data breach.';
const similarTo = (what: string) => `The password is too similar to the ${what}.`;

function faultsHere(settings: Settings, password: string, owner: PasswordOwner): string[] {
  const faults: string[] = [];
  const minLength = settings.get('PASSWORD_MIN_LENGTH');
  if (codePointLength(password) < minLength) {
    const least = countOf(minLength, 'character');
    faults.push(`This password is too short. It must contain at least ${least}.`);
  }
  if (settings.get('PASSWORD_BLOCKLIST_CHECK') && isCommonPassword(password)) faults.push(common);
  if (settings.get('PASSWORD_SIMILARITY_CHECK')) {
    const { email, username = '' } = owner;
    if (isSimilar(password, email)) faults.push(similarTo('email address'));
    if (isSimilar(password, username)) faults.push(similarTo('username'));
  }
  return faults;
}
