import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Settings } from '../../../settings/settings.ts';
import { locationOf, readReturnTo } from './return-to.ts';

/** Whatever `return_to` is, it leads below the path of this server, or to a registered origin. */

const registered = 'https://app.example';
const settings = { get: () => registered } as unknown as Settings;
const page = 'https://id.example/auth/account/sign-in/';

const parts = [
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '%00',
    '\t',
    '\n',
    ' ',
    '\u00a0',
    '／',
    '。',
  ],
  ...[
    'evil.example',
    'app.example',
    'id.example',
    'account',
    'auth',
    'a',
    '@',
    ':',
    ':443',
    '?',
    '#',
  ],
  ...[
    'https:',
    'http:',
    'HTTPS://',
    'javascript:',
    'data:',
    registered,
    `${registered}.`,
    '[::1]',
    '~',
  ],
];
const urls = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((some) => some.join(''));

test('by tokens that have fooled others, and by any text', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: urls }, fc.string(), fc.webUrl()), (text) => {
      const found = readReturnTo(text, { settings });
      if (!found) return;
      accepted += 1;
      const { origin, pathname, username } = new URL(locationOf(found, '../../'), page);
      if (found.origin === undefined) {
        expect([origin, pathname.startsWith('/auth/')]).toEqual(['https://id.example', true]);
        // Exactly the path that was asked for: no segment of it climbs out, or is taken for a host.
        expect(pathname).toBe(`/auth${new URL(found.text, 'https://other.example').pathname}`);
      } else {
        expect([origin, username]).toEqual([registered, '']);
      }
      // It is carried in links and kept in flows: read again, it is the same.
      expect(readReturnTo(found.text, { settings })).toEqual(found);
    }),
    { numRuns: 1_500 }, // always: few of these texts are taken
  );
  expect(accepted).toBeGreaterThan(0);
});

test.each([undefined, null, 1, ['/account/'], {}, '', '/'.padEnd(2_001, 'a')])(
  '%j is none',
  (value) => {
    expect(readReturnTo(value, { settings })).toBeUndefined();
  },
);
