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
  problemsOf(password: string, owner: PasswordOwner): Promise<string[]>;
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
    async problemsOf(password, owner) {
      const problems = problemsHere(settings, password, owner);
      // Asked last, and only of what would be taken: as little as can be leaves the house.
      const isAsked = problems.length === 0 && settings.get('PASSWORD_BREACH_CHECK');
      return isAsked && (await isBreached(password)) ? [breached] : problems;
    },
  };
}

const common = 'This password is too common.';
const breached = 'This password has appeared in a data breach.';
const similarTo = (what: string) => `The password is too similar to the ${what}.`;

function problemsHere(settings: Settings, password: string, owner: PasswordOwner): string[] {
  const problems: string[] = [];
  const minLength = settings.get('PASSWORD_MIN_LENGTH');
  if (codePointLength(password) < minLength) {
    const least = countOf(minLength, 'character');
    problems.push(`This password is too short. It must contain at least ${least}.`);
  }
  if (settings.get('PASSWORD_BLOCKLIST_CHECK') && isCommonPassword(password)) problems.push(common);
  if (settings.get('PASSWORD_SIMILARITY_CHECK')) {
    const { email, username = '' } = owner;
    if (isSimilar(password, email)) problems.push(similarTo('email address'));
    if (isSimilar(password, username)) problems.push(similarTo('username'));
  }
  return problems;
}
