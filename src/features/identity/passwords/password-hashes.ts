import { createHash, pbkdf2Sync, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { type Algorithm, hashSync, verifySync } from '@node-rs/argon2';
import { verifySync as verifyBcrypt } from '@node-rs/bcrypt';
import { maxScryptBytes } from './hash-forms.ts';

/**
 * Password hashes: ours (Argon2id, as a PHC string), and those of the systems that accounts come
 * from. All of it is synchronous and slow on purpose; it runs in the threads of `hash-worker.ts`.
 */

/** RFC 9106 4: memory in KiB, passes, lanes. */
export interface HashParameters {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** The package's enum is ambient, which type stripping cannot follow. */
const argon2id: Algorithm.Argon2id = 2;

/** Hashes a password with Argon2id and a fresh salt. */
export function hashPassword(password: string, parameters: HashParameters): string {
  return hashSync(password, { ...parameters, algorithm: argon2id });
}

/** Whether a hash is of the kind and the parameters that `hashPassword` would use now. */
export function isCurrentHash(hash: string, parameters: HashParameters): boolean {
  const { memoryCost, timeCost, parallelism } = parameters;
  return hash.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`);
}

/** How much of a password bcrypt reads; what follows makes no difference. */
const bcryptMaxBytes = 72;
const plainBcrypt = /^(?:bcrypt\$)?\$2[aby]\$/;

/**
 * Whether a hash depends on the whole password. If not, other passwords are right as well, and none of them may
 * become the password because it was typed first.
 */
export function readsWhole(hash: string, password: string): boolean {
  return !plainBcrypt.test(hash) || Buffer.byteLength(password) <= bcryptMaxBytes;
}

const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const decoySalt = encode(randomBytes(16));
const decoyDigest = encode(randomBytes(32));

/** A hash that no password has (its digest is random), and that costs as much to check as a new one. */
export function decoyHash({ memoryCost, timeCost, parallelism }: HashParameters): string {
  const costs = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
  return `$argon2id$v=19$${costs}$${decoySalt}$${decoyDigest}`;
}

/** Checks a password against the part of a hash that follows its prefix. */
type Check = (password: string, rest: string) => boolean;

/** Every kind of hash that is recognised, by its prefix. Those with a name first are Django's. */
const kinds: readonly (readonly [prefix: string, check: Check])[] = [
  ['$argon2', (password, rest) => verifySync(`$argon2${rest}`, password)],
  ['$2a$', (password, rest) => verifyBcrypt(password, `$2a$${rest}`)],
  ['$2b$', (password, rest) => verifyBcrypt(password, `$2b$${rest}`)],
  ['$2y$', (password, rest) => verifyBcrypt(password, `$2y$${rest}`)],
  ['argon2$', (password, rest) => verifySync(`$${rest}`, password)],
  ['bcrypt$', (password, rest) => verifyBcrypt(password, rest)],
  ['bcrypt_sha256$', (password, rest) => verifyBcrypt(hexSha256(password), rest)],
  ['pbkdf2_sha256$', (password, rest) => verifyPbkdf2('sha256', password, rest)],
  ['pbkdf2_sha1$', (password, rest) => verifyPbkdf2('sha1', password, rest)],
  ['scrypt$', verifyScrypt],
];

/**
 * Whether a password is the one of a hash; undefined if the hash is broken or of an unknown kind, which shows much
 * sooner. Of a broken bcrypt hash the library only says, as soon, that no password is right: call `hashProblem` first.
 */
export function verifyPassword(hash: string, password: string): boolean | undefined {
  const kind = kinds.find(([prefix]) => hash.startsWith(prefix));
  if (!kind) return undefined;
  const [prefix, check] = kind;
  try {
    return check(password, hash.slice(prefix.length));
  } catch {
    return undefined;
  }
}

function hexSha256(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

/** `iterations$salt$base64`, the salt being the bytes of its text. */
function verifyPbkdf2(digest: string, password: string, rest: string): boolean {
  const [iterations, salt = '', encoded = ''] = rest.split('$');
  const expected = Buffer.from(encoded, 'base64');
  return isSame(expected, pbkdf2Sync(password, salt, Number(iterations), expected.length, digest));
}

/** `N$salt$r$p$base64`. */
function verifyScrypt(password: string, rest: string): boolean {
  const [cost, salt = '', blockSize, parallelization, encoded = ''] = rest.split('$');
  const expected = Buffer.from(encoded, 'base64');
  const actual = scryptSync(password, salt, expected.length, {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
    maxmem: maxScryptBytes,
  });
  return isSame(expected, actual);
}

/** An empty digest is a broken hash, and equal to nothing. */
function isSame(expected: Buffer, actual: Buffer): boolean {
  return expected.length > 0 && timingSafeEqual(expected, actual);
}
