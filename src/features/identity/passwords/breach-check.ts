import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Metrics } from '../../../http/metrics.ts';
import { createSaying } from '../../../lib/sayings.ts';

/**
 * Asks whether a password is among those of known breaches, by k-anonymity, in the protocol of Have I Been Pwned
 * (https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange). The first five of the forty hexadecimal digits
 * of its SHA-1 are sent. All that begin with them come back, a line each: `<the other 35 digits>:<how often it was
 * seen>`. So neither the other server nor a log learns the password or its hash. Padding, with a count of 0, hides
 * their number from somebody who only sees lengths.
 */
export type IsBreached = (password: string) => Promise<boolean>;

const prefixLength = 5;
const timeLimitMs = 1_000;
/** A thousand lines of 45 bytes are usual. */
const maxAnswerBytes = 512 * 1024;
const logEveryMs = 60_000;

/** @param rangeUrl what the first five digits are put behind */
export function createBreachCheck(
  { metrics, log }: { metrics: Metrics; log: Logger },
  rangeUrl: string,
): IsBreached {
  const tell = createSaying(logEveryMs);

  /** A check that cannot be made must keep nobody out: the password is then taken for good. */
  return async (password) => {
    const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
    try {
      const range = await fetchRange(`${rangeUrl}${digest.slice(0, prefixLength)}`);
      const isBreached = isSeen(range, digest.slice(prefixLength));
      metrics.breachChecks.inc({ outcome: isBreached ? 'breached' : 'clean' });
      return isBreached;
    } catch (error) {
      metrics.breachChecks.inc({ outcome: 'failed' });
      tell(() => {
        log.warn({ reason: reasonOf(error) }, 'passwords cannot be checked for breaches');
      });
      return false;
    }
  };
}

/** @throws Error if there is no good answer within the limits of time and size */
async function fetchRange(url: string): Promise<string> {
  const answer = await fetch(url, {
    headers: { 'add-padding': 'true', 'user-agent': 'latchkey' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeLimitMs), // of the body too
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`status ${answer.status}`);
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxAnswerBytes) throw new Error(`more than ${maxAnswerBytes} bytes`);
  }
  return text;
}

const line = /^([0-9A-F]{35}):(\d+)$/i;

/** @throws Error if it is the answer of another service */
function isSeen(range: string, suffix: string): boolean {
  const lines = range.split('\n').map((text) => text.trim());
  let isSeenHere = false;
  for (const text of lines) {
    if (text === '') continue;
    const [, seen, count] = line.exec(text) ?? [];
    if (seen === undefined) throw new Error('not the answer of a range endpoint');
    if (seen.toUpperCase() === suffix && Number(count) > 0) isSeenHere = true;
  }
  return isSeenHere;
}

/** Not the error itself: what comes with it may have the URL that was asked, and with it digits. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? message : `${message}: ${code}`;
}
