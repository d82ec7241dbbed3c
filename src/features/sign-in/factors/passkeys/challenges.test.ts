import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../../../../test/harness.ts';
import {
  type ChallengeUse,
  challengeSeconds,
  checkChallenge,
  issueChallenge,
  spendChallenge,
} from './challenges.ts';

const secrets = { secretKey: 'a secret for challenges that is long enough' };

const use: fc.Arbitrary<ChallengeUse> = fc.record({
  ceremony: fc.constantFrom('registration', 'authentication'),
  binding: fc.string({ maxLength: 40 }),
});
const nowMs = fc.integer({ min: 1_700_000_000_000, max: 4_000_000_000_000 });

test('a challenge is good for what it was made for, until it expires', () => {
  fc.assert(
    fc.property(use, nowMs, fc.nat(challengeSeconds * 1000 - 1), (own, at, laterMs) => {
      const challenge = issueChallenge(secrets, own, at);
      expect(checkChallenge(secrets, challenge, own, at + laterMs)).toBe('good');
      const endMs = at + challengeSeconds * 1000 + 1000; // it is told in seconds
      expect(checkChallenge(secrets, challenge, own, endMs + laterMs)).toBe('expired');
    }),
  );
});

test('a challenge is good for nothing else', () => {
  fc.assert(
    fc.property(use, use, nowMs, (own, other, at) => {
      fc.pre(own.ceremony !== other.ceremony || own.binding !== other.binding);
      expect(checkChallenge(secrets, issueChallenge(secrets, own, at), other, at)).toBe('foreign');
    }),
  );
});

test('a challenge whose bytes were changed, or that somebody made up, is not good', () => {
  fc.assert(
    fc.property(use, nowMs, fc.nat(51), fc.integer({ min: 1, max: 255 }), (own, at, place, by) => {
      const bytes = Buffer.from(issueChallenge(secrets, own, at), 'base64url');
      bytes.writeUInt8(bytes.readUInt8(place) ^ by, place);
      expect(checkChallenge(secrets, bytes.toString('base64url'), own, at)).toBe('foreign');
    }),
  );
  const anything = fc.oneof(
    fc.string(),
    fc
      .uint8Array({ minLength: 52, maxLength: 52 })
      .map((b) => Buffer.from(b).toString('base64url')),
  );
  fc.assert(
    fc.property(use, nowMs, anything, (own, at, made) => {
      expect(checkChallenge(secrets, made, own, at)).toBe('foreign');
    }),
  );
});

test('there is one way to write a challenge', () => {
  fc.assert(
    fc.property(use, nowMs, fc.constantFrom('=', '==', ' ', '\n', 'A', '.'), (own, at, more) => {
      const challenge = issueChallenge(secrets, own, at);
      expect(checkChallenge(secrets, challenge + more, own, at)).toBe('foreign');
    }),
  );
});

test('a challenge is good after the secret was rotated, and not without the older secret', () => {
  const own = { ceremony: 'authentication', binding: 'x' } as const;
  const challenge = issueChallenge(secrets, own, 1_700_000_000_000);
  const rotated = { secretKey: 'the next secret, which is long enough too' };
  const both = { ...rotated, secretKeyFallbacks: ['another one', secrets.secretKey] };
  expect(checkChallenge(both, challenge, own, 1_700_000_000_000)).toBe('good');
  expect(checkChallenge(rotated, challenge, own, 1_700_000_000_000)).toBe('foreign');
});

test('of 64 uses at once one succeeds, and none after it', async () => {
  await using test = await createTestDatabase();
  const database = test.open();
  const own = { ceremony: 'authentication', binding: 'x' } as const;
  const challenge = issueChallenge(secrets, own, Date.now());
  const spend = () => database.transact((trx) => spendChallenge(trx, challenge));
  const outcomes = await Promise.all(Array.from({ length: 64 }, spend));
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  expect(await spend()).toBe(false);
  await database.close();
});

test('what is undone is not spent', async () => {
  await using test = await createTestDatabase();
  const database = test.open();
  const challenge = issueChallenge(
    secrets,
    { ceremony: 'authentication', binding: 'x' },
    Date.now(),
  );
  const undone = database.transact(async (trx) => {
    await spendChallenge(trx, challenge);
    throw new Error('the rest failed');
  });
  await expect(undone).rejects.toThrow('the rest failed');
  expect(await database.transact((trx) => spendChallenge(trx, challenge))).toBe(true);
  await database.close();
});
