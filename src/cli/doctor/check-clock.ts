import { durationInWords } from '../../lib/words.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Codes of authenticator apps are accepted one time step of 30 seconds early or late, and phones are right. */
const codeToleranceMs = 30_000;
/** A web server says whole seconds, and its answer takes a while. */
const webToleranceMs = 3_000;
const answerLimitMs = 5_000;

/** What to do about a clock that is wrong. */
export const clockAdvice =
  'Let NTP set it (timedatectl set-ntp true, or chrony): sessions, tokens and the codes of authenticator apps go by it.';

/** No release is older than this, and none of ours is in use at that time. */
const years = { first: 2026, last: 2100 };

export function examineYear(now: Date): Finding {
  const check = 'clock';
  const year = now.getUTCFullYear();
  const isPossible = year >= years.first && year <= years.last;
  return isPossible
    ? ok(check, `${now.toISOString().slice(0, 19)}Z`)
    : problem(check, `says that it is ${year}`, clockAdvice);
}

/** Compares the clock with the `Date` (RFC 9110 6.6.1) that a web server answers with. */
export async function examineWebClock(url: string): Promise<Finding> {
  const check = 'clock';
  const { host } = new URL(url);
  const askedMs = Date.now();
  let date: string | null;
  try {
    const answer = await fetch(url, {
      ...{ method: 'HEAD', redirect: 'manual', cache: 'no-store' },
      signal: AbortSignal.timeout(answerLimitMs),
    });
    date = answer.headers.get('date');
  } catch {
    return warning(check, `${host} does not answer`, 'Name another web server by --clock.');
  }
  const saidMs = Date.parse(date ?? '');
  if (Number.isNaN(saidMs)) {
    return warning(check, `${host} does not say its time`, 'Name another web server by --clock.');
  }
  // In the middle of the second that was said, as in the middle of the time that the answer took.
  const aheadMs = (askedMs + Date.now()) / 2 - (saidMs + 500);
  if (Math.abs(aheadMs) <= webToleranceMs) return ok(check, `agrees with that of ${host}`);
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const message = `is ${durationInWords(seconds)} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${host}`;
  return Math.abs(aheadMs) < codeToleranceMs
    ? warning(check, message, clockAdvice)
    : problem(check, `${message}: codes of authenticator apps are refused`, clockAdvice);
}
