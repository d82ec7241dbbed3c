import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { patienceMs } from './eventually.ts';

/** Holds that no test fails because a machine is slow: each waits by `eventually.ts`, and nobody with less patience. */

const files = globSync(['src/**/*.test.ts', '{test,sdk/test}/**/*.ts'], {
  exclude: ['**/node_modules', 'test/eventually*.ts'],
});

/** Where in the tests something stands: `file: text`. */
function found(pattern: RegExp): { readonly place: string; readonly match: RegExpExecArray }[] {
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => ({
      place: `${file}: ${match[0]}`,
      match,
    })),
  );
}

test('every test that waits for something waits by `eventually` or `until`', () => {
  const others = found(/\bvi\.wait\w+|\bexpect\s*\.poll\b|\bwaitForTimeout\b|\} = vi;/g);
  expect(others.map(({ place }) => place)).toEqual([]);
});

test('no page of the server is asked by `waitForFunction`, which its content security policy refuses the second time', () => {
  const asked = found(/\bwaitForFunction\b/g).map(({ place }) => place);
  expect(asked.filter((place) => place.startsWith('test/'))).toEqual([]);
});

const number = (text: string | undefined) => Number(text?.replaceAll('_', ''));

test('no test has a limit of its own that is shorter than that of all', () => {
  const isTimer = (ms: number) => ms < 1_000; // `setTimeout(() => {`
  const last = found(/^ *(?:\}, |\},\n +)([\d_]+)(?:,\n *)?\);$/gm);
  // Before the function, as options of the test, or of all in a `describe`.
  const options = found(
    /\{[^{}]*\btimeout: ([\d_]+)[^{}]*\},\s+(?:async )?(?:function\b|\(|\w+ =>)/g,
  );
  const limits = [...last.filter(({ match }) => !isTimer(number(match[1]))), ...options];
  const short = limits.filter(({ match }) => number(match[1]) < 240_000);
  expect(short.map(({ place }) => place)).toEqual([]);
});

/** What would never end is ended then, whatever has been seen by then. */
const ended = ['sdk/test/browser/passkeys.test.ts: AbortSignal.timeout(2_000'];

test('nothing that a test waits for has less time than `patienceMs`', () => {
  const limits = found(
    /\btimeout: ([\d_]+)|\bAbortSignal\.timeout\(([\d_]+)|\bsetDefault\w*Timeout\(([\d_]+)/g,
  );
  const short = limits.filter(({ match }) => {
    const ms = number(match[1] ?? match[2] ?? match[3]);
    return ms > 0 && ms < patienceMs; // 0: it does not wait at all
  });
  expect(short.map(({ place }) => place)).toEqual(ended);
});
