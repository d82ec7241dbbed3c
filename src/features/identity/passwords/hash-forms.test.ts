import { hashSync as hashBcrypt } from '@node-rs/bcrypt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../../test/long.ts';
import { hashProblem } from './hash-forms.ts';
import { verifyPassword } from './password-hashes.ts';

const salt = 'VjZPYURGR3lrdVJWUWZ3dlpydEhHTA';
const digest = 'npTyWi4oLNhR4hnbTYKweg';
const bcryptEnd = 'B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
const base64 = 'rOfl+mzyDdk6C/GPwpVrtXDlGNVZsJZWyCL0pgTasIQ=';
const argon2 = (costs: string, version = '$v=19') =>
  `$argon2id${version}$${costs}$${salt}$${digest}`;
const scrypt = (n: number | string, r = 8, p = 1) => `scrypt$${n}$salt$${r}$${p}$${base64}`;

const unknown = 'It is no hash of Argon2, bcrypt, PBKDF2 or scrypt in a form that is known here.';
const badEnd = 'Its salt or digest ends in a character that cannot stand there.';

test.each([
  [argon2('m=4194304,t=1,p=1'), 'Its memory is above 262144, which is too costly to check.'],
  [
    argon2('m=262144,t=9,p=1'),
    'Its memory times passes is above 2097152, which is too costly to check.',
  ],
  [argon2('m=19456,t=21,p=1'), 'Its passes is above 20, which is too costly to check.'],
  [argon2('m=19456,t=0,p=1'), 'Its passes is below 1, which no hash has.'],
  [argon2('m=19456,t=2,p=0'), 'Its lanes is below 1, which no hash has.'],
  [argon2('m=7,t=2,p=1'), 'Its memory is below 8, which no hash has.'],
  [argon2('m=31,t=2,p=4'), 'Its memory is below 8 KiB a lane.'],
  [argon2('m=19456,t=2,p=1', '$v=18'), 'Its version is neither 16 nor 19.'],
  [argon2('m=19456,t=2,p=1', '$v=20'), 'Its version is neither 16 nor 19.'],
  [argon2('m=019456,t=2,p=1'), unknown],
  [`$argon2id$v=19$m=64,t=1,p=1$${salt}$${digest.slice(0, -1)}h`, badEnd],
  [`argon2$argon2i$v=19$m=64,t=1,p=1$${salt}AAA$${digest}`, badEnd],
  [`$2b$03$${bcryptEnd}`, 'Its cost is below 4, which no hash has.'],
  [`bcrypt$$2b$00$${bcryptEnd}`, 'Its cost is below 4, which no hash has.'],
  [`$2b$31$${bcryptEnd}`, 'Its cost is above 14, which is too costly to check.'],
  [`$2b$06$${bcryptEnd.slice(0, -1)}/`, badEnd],
  [`bcrypt_sha256$$2b$06$${bcryptEnd.replace('BO', 'BP')}`, badEnd],
  [`pbkdf2_sha256$0$salt$${base64}`, 'Its iterations is below 1, which no hash has.'],
  [
    `pbkdf2_sha256$900000000$salt$${base64}`,
    'Its iterations is above 8000000, which is too costly to check.',
  ],
  [
    `pbkdf2_sha1$3000000$salt$${'A'.repeat(80)}`,
    'Its iterations times blocks is above 8000000, which is too costly to check.',
  ],
  [`pbkdf2_sha256$1000000$salt$${'A'.repeat(400)}`, unknown],
  [`pbkdf2_sha256$1000$sa\0t$${base64}`, unknown],
  [`pbkdf2_sha256$1000$sa\ud800t$${base64}`, unknown],
  [scrypt(0), 'Its cost is below 2, which no hash has.'],
  [scrypt(1), 'Its cost is below 2, which no hash has.'],
  [scrypt(16_383), 'Its cost is no power of two.'],
  [scrypt(16_384, 0), 'Its block size is below 1, which no hash has.'],
  [scrypt(16_384, 8, 0), 'Its lanes is below 1, which no hash has.'],
  [scrypt(65_536, 1), 'Its cost is too high for its block size.'],
  [scrypt(1_048_576), 'It takes more than 256 MiB to check, which is too costly.'],
  [scrypt(262_144), 'It takes more than 256 MiB to check, which is too costly.'],
  [
    scrypt(131_072, 8, 4),
    'Its cost times block size times lanes is above 3145728, which is too costly to check.',
  ],
  [scrypt('1099511627776'), 'Its cost is above 1048576, which is too costly to check.'],
])('%s is not taken', (hash, problem) => {
  expect(hashProblem(hash)).toBe(problem);
});

test.each([scrypt(131_072, 8), scrypt(32_768, 1), argon2('m=32,t=1,p=4', '')])(
  '%s is taken, and is checked',
  (hash) => {
    expect(hashProblem(hash)).toBe(undefined);
    expect(verifyPassword(hash, 'any')).toBe(false);
  },
);

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'];
const text = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength });
const upTo = (max: number) => fc.integer({ min: 0, max });

/** Cheap ones, good and bad, of the kinds whose check says when it cannot be made. */
const hashes = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '$v=16', '$v=17', '$v=18', '$v=19', '$v=20'),
      fc.tuple(upTo(64), upTo(3), upTo(5)),
      fc.tuple(text(11, 24), text(16, 44)),
      fc.constantFrom('$argon2id', '$argon2i', '$argon2d', 'argon2$argon2id'),
    )
    .map(
      ([version, [m, t, p], ends, kind]) =>
        `${kind}${version}$m=${m},t=${t},p=${p}$${ends.join('$')}`,
    ),
  fc
    .tuple(upTo(3), text(20, 86), fc.constantFrom('pbkdf2_sha1', 'pbkdf2_sha256'))
    .map(([iterations, end, kind]) => `${kind}$${iterations}$salt$${end}`),
  fc
    .tuple(
      // Node takes a 0 for its default, which no hash means.
      fc.oneof(fc.integer({ min: 1, max: 33 }), fc.constantFrom(64, 1024, 65_536, 1_048_576)),
      fc.integer({ min: 1, max: 32 }),
      fc.integer({ min: 1, max: 5 }),
      text(20, 86),
    )
    .filter(([n, r]) => n < 65_536 || n * r > 2_097_152 || r === 1) // what is refused, or soon checked
    .map(([n, r, p, end]) => `scrypt$${n}$salt$${r}$${p}$${end}`),
);

test('an accepted hash can be checked, and a hash that cannot be checked is not accepted', () => {
  fc.assert(
    fc.property(hashes, (hash) => {
      expect(hashProblem(hash) === undefined).toBe(verifyPassword(hash, 'any') !== undefined);
    }),
    { numRuns: runs(1_000) },
  );
});

test('no bcrypt hash that is taken ends where its own password is not right', () => {
  const alphabet = [...'./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
  const hash = hashBcrypt('any', { cost: 4 });
  expect(hashProblem(hash)).toBe(undefined);
  // The last character has four bits of the digest, and two that must be 0.
  const sameDigest = alphabet.slice(alphabet.indexOf(hash.slice(-1))).slice(0, 4);
  const taken = sameDigest.filter((end) => hashProblem(hash.slice(0, -1) + end) === undefined);
  expect(taken).toEqual([hash.slice(-1)]);
  for (const end of sameDigest) {
    const isRight = verifyPassword(hash.slice(0, -1) + end, 'any');
    expect(isRight).toBe(taken.includes(end));
  }
});
