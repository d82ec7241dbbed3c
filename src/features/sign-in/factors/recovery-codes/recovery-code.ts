import { randomBytes } from 'node:crypto';

/**
 * Recovery codes: `3-ABCD-EFGH-JKMN-PQRS`. The number in front says which one it is, so that checking one takes one hash;
 * behind it stand 80 bits (NIST SP 800-63B-4 4.2.1.1: 64 at least) in Crockford's base32.
 */

/** How many a user is given. */
export const recoveryCodeCount = 10;

const secretLetters = 16;
const groupLetters = 4;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface RecoveryCode {
  /** From 1. */
  readonly number: number;
  /** 16 letters. */
  readonly secret: string;
}

export function newRecoveryCodes(): RecoveryCode[] {
  return Array.from({ length: recoveryCodeCount }, (_, index) => ({
    number: index + 1,
    // 256 values fall evenly on 32 letters.
    secret: [...randomBytes(secretLetters)].map((byte) => alphabet[byte % 32]).join(''),
  }));
}

/** As it is printed. */
export function recoveryCodeText({ number, secret }: RecoveryCode): string {
  const groups = secret.match(new RegExp(`.{${groupLetters}}`, 'g')) ?? [];
  return [number, ...groups].join('-');
}

const form = new RegExp(`^([0-9]{1,2})([${alphabet}]{${secretLetters}})$`);

/**
 * Reads a code as people type it: in any case, with or without dashes and spaces, with the letters O, I and L for the
 * digits that they look like.
 *
 * @returns undefined if it is none
 */
export function readRecoveryCode(text: string): RecoveryCode | undefined {
  const letters = text
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  const [, number = '', secret = ''] = form.exec(letters) ?? [];
  const numbered = Number(number);
  if (numbered < 1 || numbered > recoveryCodeCount) return undefined;
  return { number: numbered, secret };
}
