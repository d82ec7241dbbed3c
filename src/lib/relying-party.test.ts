import { expect, test } from 'vitest';
import { isOriginOf, isRpId, relyingPartyOf, webOrigins } from './relying-party.ts';

test.each([
  [undefined, { id: 'localhost', origins: [] }],
  ['http://127.0.0.1:8000/', { id: 'localhost', origins: [] }],
  ['http://[::1]:8000/', { id: 'localhost', origins: [] }],
  ['http://localhost:8000/', { id: 'localhost', origins: ['http://localhost:8000'] }],
  ['https://auth.example.com/', { id: 'auth.example.com', origins: ['https://auth.example.com'] }],
  ['https://example.com/auth/', { id: 'example.com', origins: ['https://example.com'] }],
  ['https://192.0.2.1/', undefined],
  ['https://[2001:db8::1]/', undefined],
])('the RP ID of %s', (publicUrl, party) => {
  expect(relyingPartyOf(publicUrl, {})).toEqual(party);
});

test('an RP ID that is given comes first, and other origins come after that of the server', () => {
  const given = {
    rpId: 'example.com',
    origins: ['https://app.example.com', 'android:apk-key-hash:x'],
  };
  const party = relyingPartyOf('https://auth.example.com/', given);
  expect(party).toEqual({
    id: 'example.com',
    origins: ['https://auth.example.com', ...given.origins],
  });
  expect(party && webOrigins(party)).toEqual([
    'https://auth.example.com',
    'https://app.example.com',
  ]);
  expect(relyingPartyOf('https://192.0.2.1/', given)?.origins).toEqual(given.origins);
});

test('an origin is one of the list, letter by letter; on this machine any port is', () => {
  const party = { id: 'example.com', origins: ['https://example.com'] };
  expect(isOriginOf(party, 'https://example.com')).toBe(true);
  for (const other of [
    ...['https://example.com:8443', 'http://example.com', 'https://a.example.com', ''],
    ...['https://example.com.evil.dev', 'http://localhost:8000', 'null'],
  ]) {
    expect([other, isOriginOf(party, other)]).toEqual([other, false]);
  }
  const local = { id: 'localhost', origins: [] };
  expect(isOriginOf(local, 'http://localhost:5173')).toBe(true);
  expect(isOriginOf(local, 'http://localhost')).toBe(true);
  expect(isOriginOf(local, 'http://localhost.evil.dev')).toBe(false);
  expect(isOriginOf(local, 'http://127.0.0.1:8000')).toBe(false);
});

test('an RP ID is a domain in lower case', () => {
  expect(['example.com', 'localhost', 'xn--bcher-kva.example'].every(isRpId)).toBe(true);
  for (const text of [
    ...['', 'Example.com', 'example.com:8000', 'https://example.com', 'example.com/', 'a b'],
    ...['192.0.2.1', '[::1]', 'user@example.com', 'bücher.example', `${'a'.repeat(300)}.com`],
  ]) {
    expect([text, isRpId(text)]).toEqual([text, false]);
  }
});
