/**
 * The forms of the hashes that `verifyPassword` can check, and how much checking one may cost. A hash from another
 * system is checked by our processor, as often as somebody tries to sign in.
 *
 * Checking one takes at most 2 s of a core and 256 MiB, by all its costs together; measured, see
 * docs/decisions/passwords.md. Every hash that is accepted here can be checked to the end. A hash that fails at once
 * would reveal by the time that an account has the email, and would lock its owner out without a word.
 */

/** The captures of a pattern, by name. */
type Parts = Readonly<Partial<Record<string, string>>>;

interface HashForm {
  readonly pattern: RegExp;
  /** Its costs, by the names of the pattern, each with the least and the most that is taken. */
  readonly costs: readonly (readonly [name: string, least: number, most: number])[];
  /** Another reason why it cannot be checked, although each of its costs is good alone. */
  readonly problemOf?: (parts: Parts) => string | undefined;
}

/** What scrypt may hold while it checks one. */
export const maxScryptBytes = 256 * 1024 * 1024;
/** RFC 9106: what Argon2 fills, in KiB times passes. The lanes share it, in one thread. */
const maxArgon2Work = 2 ** 21;
/** RFC 7914: cost times block size times lanes. */
const maxScryptWork = 3 * 2 ** 20;
/** RFC 8018: iterations, times how often they are made again for a longer digest. */
const maxPbkdf2Work = 8_000_000;

/** The library accepts no number with a leading zero. */
const number = '(?:0|[1-9]\\d*)';
const argon2 =
  `\\$argon2(?:id|i|d)(?:\\$v=(?<version>\\d+))?\\$m=(?<memory>${number}),t=(?<passes>${number}),` +
  `p=(?<lanes>${number})\\$(?<salt>[A-Za-z0-9+/]{11,})\\$(?<digest>[A-Za-z0-9+/]{16,})`;
const bcrypt =
  '\\$2[aby]\\$(?<cost>\\d\\d)\\$(?<salt>[./A-Za-z0-9]{22})(?<digest>[./A-Za-z0-9]{31})';
/** 64 bytes at most. */
const base64 = '[A-Za-z0-9+/]{20,86}={0,2}';

const forms: readonly HashForm[] = [
  {
    pattern: new RegExp(`^(?:bcrypt(?:_sha256)?\\$)?${bcrypt}$`),
    costs: [['cost', 4, 14]],
    problemOf: bcryptProblem,
  },
  {
    pattern: new RegExp(`^(?:argon2)?${argon2}$`),
    costs: [
      ['memory', 8, 262_144],
      ['passes', 1, 20],
      ['lanes', 1, 32],
    ],
    problemOf: argon2Problem,
  },
  {
    pattern: new RegExp(
      `^pbkdf2_sha(?<bits>1|256)\\$(?<iterations>\\d+)\\$[^$]+\\$(?<digest>${base64})$`,
    ),
    costs: [['iterations', 1, maxPbkdf2Work]],
    problemOf: pbkdf2Problem,
  },
  {
    pattern: new RegExp(
      `^scrypt\\$(?<cost>\\d+)\\$[^$]+\\$(?<block_size>\\d+)\\$(?<lanes>\\d+)\\$${base64}$`,
    ),
    costs: [
      ['cost', 2, 1_048_576],
      ['block size', 1, 32],
      ['lanes', 1, 32],
    ],
    problemOf: scryptProblem,
  },
];

/** Why a hash cannot be checked, in words that repeat nothing of it; undefined if it can. */
export function hashProblem(hash: string): string | undefined {
  if (hash.includes('\0') || !hash.isWellFormed()) return unknownForm; // no database would keep it as it is
  for (const { pattern, costs, problemOf } of forms) {
    const found = pattern.exec(hash);
    if (!found) continue;
    const parts: Parts = found.groups ?? {};
    for (const [name, least, most] of costs) {
      const cost = Number(parts[name.replace(' ', '_')]);
      if (cost > most) return `Its ${name} is above ${most}, which is too costly to check.`;
      if (cost < least) return `Its ${name} is below ${least}, which no hash has.`;
    }
    return problemOf?.(parts);
  }
  return unknownForm;
}

const unknownForm =
  'It is no hash of Argon2, bcrypt, PBKDF2 or scrypt in a form that is known here.';
const badEnd = 'Its salt or digest ends in a character that cannot stand there.';

/** Both end within a character, whose other bits must be 0. */
function bcryptProblem({ salt = '', digest = '' }: Parts): string | undefined {
  return /[.Oeu]$/.test(salt) && /[.CGKOSWaeimquy26]$/.test(digest) ? undefined : badEnd;
}

/** Why a hash cannot be checked although each of its costs is good alone. */
function workProblem(name: string, work: number, most: number): string | undefined {
  return work > most ? `Its ${name} is above ${most}, which is too costly to check.` : undefined;
}

/** PBKDF2 makes all its iterations again for every 20 or 32 bytes of the digest. */
function pbkdf2Problem({ bits, iterations, digest = '' }: Parts): string | undefined {
  const blocks = Math.ceil(Buffer.from(digest, 'base64').length / (bits === '1' ? 20 : 32));
  return workProblem('iterations times blocks', Number(iterations) * blocks, maxPbkdf2Work);
}

/** RFC 9106 3.1. A hash without a version is of the one before the RFC, 16. */
function argon2Problem({ version = '16', memory, passes, lanes, salt = '', digest = '' }: Parts) {
  if (version !== '16' && version !== '19') return 'Its version is neither 16 nor 19.';
  if (Number(memory) < 8 * Number(lanes)) return 'Its memory is below 8 KiB a lane.';
  if (!isExact(salt) || !isExact(digest)) return badEnd;
  return workProblem('memory times passes', Number(memory) * Number(passes), maxArgon2Work);
}

/** Whether it is base64 as an encoder writes it: of a whole number of bytes, the bits left over 0. */
function isExact(base64Text: string): boolean {
  return Buffer.from(base64Text, 'base64').toString('base64').replace(/=+$/, '') === base64Text;
}

/** RFC 7914 2, and the memory that OpenSSL counts. */
function scryptProblem({ cost, block_size, lanes }: Parts): string | undefined {
  const [n, r, p] = [Number(cost), Number(block_size), Number(lanes)];
  if (!Number.isInteger(Math.log2(n))) return 'Its cost is no power of two.';
  if (n >= 2 ** (16 * r)) return 'Its cost is too high for its block size.';
  if (128 * r * (n + 2 + p) > maxScryptBytes) {
    return `It takes more than ${maxScryptBytes / 1024 / 1024} MiB to check, which is too costly.`;
  }
  return workProblem('cost times block size times lanes', n * r * p, maxScryptWork);
}
