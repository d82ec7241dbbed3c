import { countOf, durationInWords } from '../../lib/words.ts';
import type { Settings } from '../../settings/settings.ts';
import { type Finding, ok, warning } from './finding.ts';

type Get = Settings['get'];

/** Settings that are allowed, and that somebody may regret. */
export function examineSettings(get: Get): Finding[] {
  return [
    examineTokenLifetime(get('ACCESS_TOKEN_LIFETIME')),
    examineRateLimits(get('RATE_LIMITS_ENABLED')),
    examinePasswordPolicy(get),
    ...(get('MAINTENANCE_MODE') ? [inMaintenance] : []),
  ];
}

const inMaintenance = warning(
  'maintenance',
  'is on: nobody can sign in or refresh',
  'Switch it off when the work is done: latchkey settings set MAINTENANCE_MODE false',
);

const longTokenLifetimeSeconds = 3_600;

function examineTokenLifetime(seconds: number): Finding {
  const message = `an access token is good for ${durationInWords(seconds)}`;
  return seconds <= longTokenLifetimeSeconds
    ? ok('token lifetime', message)
    : warning(
        'token lifetime',
        `${message}: services that do not ask the server go on accepting a stolen one so long`,
        'Shorten it; clients refresh by themselves: latchkey settings set ACCESS_TOKEN_LIFETIME 300',
      );
}

function examineRateLimits(isEnabled: boolean): Finding {
  const check = 'rate limits';
  return isEnabled
    ? ok(check, 'are on')
    : warning(
        check,
        'are off: passwords can be guessed as fast as they can be hashed',
        'Switch them on: latchkey settings set RATE_LIMITS_ENABLED true',
      );
}

/** NIST SP 800-63B-4 3.1.1.1. */
const soundMinLength = 8;

function examinePasswordPolicy(get: Get): Finding {
  const check = 'password policy';
  const minLength = get('PASSWORD_MIN_LENGTH');
  const message = `new passwords have at least ${countOf(minLength, 'character')}`;
  const isListed = get('PASSWORD_BLOCKLIST_CHECK');
  if (minLength >= soundMinLength && isListed) return ok(check, message);
  return warning(
    check,
    `${message}, and common ones are ${isListed ? 'refused' : 'taken'}`,
    'An attacker who tries common ones gets in. When no client needs it any more: ' +
      `latchkey settings reset ${isListed ? 'PASSWORD_MIN_LENGTH' : 'PASSWORD_BLOCKLIST_CHECK'}`,
  );
}
