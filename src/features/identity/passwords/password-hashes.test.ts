import { verifySync } from '@node-rs/argon2';
import { expect, test } from 'vitest';
import { hashProblem } from './hash-forms.ts';
import { decoyHash, hashPassword, isCurrentHash, verifyPassword } from './password-hashes.ts';

const password = 'correct horse bättery';

/** Made by the systems that they come from: Django 3.2, Python's hashlib and its bcrypt package. */
const foreign: Readonly<Record<string, string>> = {
  'Django pbkdf2_sha256':
    'pbkdf2_sha256$260000$PohKOJLhhp95YjCrJoi6CG$rOfl+mzyDdk6C/GPwpVrtXDlGNVZsJZWyCL0pgTasIQ=',
  'Django pbkdf2_sha1': 'pbkdf2_sha1$260000$RSK1x8A2eCBfdUEXhaQOJU$fMXOb/seBZAGRBR/urhuShRosTE=',
  'Django argon2':
    'argon2$argon2id$v=19$m=102400,t=2,p=8$VjZPYURGR3lrdVJWUWZ3dlpydEhHTA$npTyWi4oLNhR4hnbTYKweg',
  'Django bcrypt_sha256':
    'bcrypt_sha256$$2b$12$lFrPTLUPLNHmrCfa1U3f.OtuZkNPr9vVIB/d9APkeN6A1pY8kB9gu',
  'Django bcrypt': 'bcrypt$$2b$12$ra4Eh4B8rP2iyhsmXim66eoQZfZs5bdLMNJIODX7AXj3ESL7S2r3i',
  'Django scrypt':
    'scrypt$16384$seasalt2$8$5$U++TBQbItTg2xKZm7LhiURl/J9YIf9JoNoOho7G7bSrqYae/9tlDygsDZVTLfY27pQfYZrXpKuJDilWyezJNuQ==',
  'bcrypt 2a': '$2a$06$Hn3D1CXaOmtwfizKUIhIae47jwMuU9SCElcwKbaAmht3ofRjc3szq',
  'bcrypt 2b': '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.',
  'bcrypt 2y': '$2y$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.',
  'PHC argon2id of other parameters':
    '$argon2id$v=19$m=102400,t=2,p=8$VjZPYURGR3lrdVJWUWZ3dlpydEhHTA$npTyWi4oLNhR4hnbTYKweg',
};

test.each(Object.entries(foreign))('%s: the right password and no other', (_name, hash) => {
  expect(hashProblem(hash)).toBe(undefined);
  expect(verifyPassword(hash, password)).toBe(true);
  expect(verifyPassword(hash, `${password} `)).toBe(false);
  expect(verifyPassword(hash, '')).toBe(false);
});

test.each(['$v=16', ''])(
  'Argon2 of version 16, as its own tests have it, written %j',
  (version) => {
    const hash = `$argon2i${version}$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY`;
    expect(hashProblem(hash)).toBe(undefined);
    expect(verifyPassword(hash, 'password')).toBe(true);
    expect(verifyPassword(hash.replace(`2i${version}`, '2i$$v=19'), 'password')).toBe(false);
  },
);

test('a hash of ours is current until the parameters change', () => {
  const parameters = { memoryCost: 1024, timeCost: 2, parallelism: 1 };
  const hash = hashPassword(password, parameters);
  expect(verifyPassword(hash, password)).toBe(true);
  expect(verifyPassword(hash, 'another')).toBe(false);
  expect(isCurrentHash(hash, parameters)).toBe(true);
  expect(isCurrentHash(hash, { ...parameters, timeCost: 3 })).toBe(false);
  for (const other of Object.values(foreign)) expect(isCurrentHash(other, parameters)).toBe(false);
});

test('a decoy is checked like a hash of ours, to the end, and is nobody’s', () => {
  const parameters = { memoryCost: 1024, timeCost: 2, parallelism: 1 };
  const decoy = decoyHash(parameters);
  expect(isCurrentHash(decoy, parameters)).toBe(true);
  expect(decoy).toHaveLength(hashPassword(password, parameters).length);
  expect(verifySync(decoy, password)).toBe(false); // and does not throw, which would be sooner
});

test.each([
  '',
  '!2fd6xW2DCzPJ4a8tAwk1dLYWhGsxMJVzaOkbJzYb',
  'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
  'plain',
  'pbkdf2_sha256$',
  'pbkdf2_sha256$260000$salt$',
  'pbkdf2_sha256$-1$salt$AAAA',
  'scrypt$1099511627776$salt$8$5$AAAA',
  'scrypt$16384$salt$8$5$',
  '$argon2id$v=19$m=19456,t=2,p=1$',
  '$2b$12$tooshort',
  'bcrypt_sha256$',
])('a broken or foreign hash is nobody’s: %s', (hash) => {
  expect(verifyPassword(hash, password)).not.toBe(true);
  expect(verifyPassword(hash, '')).not.toBe(true);
  expect(hashProblem(hash)).toMatch(/^It/);
});
