/**
 * The forms of the hashes that `verifyPassword` can check, and how much checking one may cost: a hash
 * that comes from elsewhere is checked by our processor, as often as somebody tries to sign in.
 */

interface HashForm {
  readonly pattern: RegExp;
  /** Its costs, of what the pattern has captured, each with the most that is taken. */
  readonly costs: readonly (readonly [name: string, most: number])[];
}

const bcrypt = '\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}';
const argon2 =
  '\\$argon2(?:id|i|d)\\$v=\\d+\\$m=(\\d+),t=(\\d+),p=(\\d+)\\$[A-Za-z0-9+/]{11,}\\$[A-Za-z0-9+/]{16,}';
const base64 = '[A-Za-z0-9+/]{20,}={0,2}';

const ofBcrypt = [['cost', 16]] as const;
const ofArgon2 = [
  ['memory', 1_048_576],
  ['passes', 20],
  ['lanes', 32],
] as const;
const ofPbkdf2 = [['iterations', 5_000_000]] as const;

/** The product of cost and block size is bounded again where it is checked, by its memory. */
const ofScrypt = [
  ['cost', 1_048_576],
  ['block size', 32],
  ['lanes', 32],
] as const;

const forms: readonly HashForm[] = [
  { pattern: new RegExp(`^(?:bcrypt(?:_sha256)?\\$)?${bcrypt}$`), costs: ofBcrypt },
  { pattern: new RegExp(`^(?:argon2)?${argon2}$`), costs: ofArgon2 },
  { pattern: new RegExp(`^pbkdf2_sha(?:1|256)\\$(\\d+)\\$[^$]+\\$${base64}$`), costs: ofPbkdf2 },
  {
    pattern: new RegExp(`^scrypt\\$(\\d+)\\$[^$]+\\$(\\d+)\\$(\\d+)\\$${base64}$`),
    costs: ofScrypt,
  },
];

/** What keeps a hash from being checked, in words; undefined where nothing does. */
export function hashFault(hash: string): string | undefined {
  for (const { pattern, costs } of forms) {
    const found = pattern.exec(hash);
    if (!found) continue;
    const tooHigh = costs.find(([, most], index) => Number(found[index + 1]) > most);
    return tooHigh && `Its ${tooHigh[0]} is above ${tooHigh[1]}, which is too costly to check.`;
  }
  return 'It is no hash of Argon2, bcrypt, PBKDF2 or scrypt in a form that is known here.';
}
