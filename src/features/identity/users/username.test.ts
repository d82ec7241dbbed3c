import { expect, test } from 'vitest';
import { processorMs } from '../../../../test/processor-time.ts';
import { declareBody } from '../../../contract/declare-body.ts';
import { usernameField } from './username.ts';

const malformed =
  'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';

function problemsOf(username: string): readonly string[] {
  const { errors } = declareBody({ username: usernameField }).check({ value: { username } });
  return errors.username ?? [];
}

test.each(['a', 'Ada', '0', '@.+-_', 'Ада', '愛', '١٢', 'Ⅷ', '½', 'ªº', '𐐀', 'ß', 'x'.repeat(150)])(
  'a good one: %s',
  (username) => {
    expect(problemsOf(username)).toEqual([]);
  },
);

test.each(['a b', 'a!', 'a/b', 'a\\b', '😀', 'a\u0301', '\u200d', 'a\tb', '“a”', '€', 'आदा'])(
  'a bad one: %j',
  (username) => {
    expect(problemsOf(username)).toEqual([malformed]);
  },
);

test('all that is wrong is told: form, length, NUL, surrogate', () => {
  expect(problemsOf(`${'u'.repeat(149)}\0\ud800`)).toEqual([
    malformed,
    'Ensure this field has no more than 150 characters.',
    'Null characters are not allowed.',
    'Surrogate characters are not allowed: U+D800.',
  ]);
});

test('takes little time for a text of a megabyte', async () => {
  const tookMs = await processorMs(() => problemsOf(`${'u'.repeat(1_000_000)}!`));
  expect(tookMs).toBeLessThan(5_000);
});
