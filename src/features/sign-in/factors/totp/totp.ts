import { randomBytes, timingSafeEqual } from 'node:crypto';
import { HOTP, Secret, TOTP } from 'otpauth';

/**
 * Codes of authenticator apps (RFC 6238) in the one form that all apps understand: SHA-1, six digits, 30 seconds.
 */

/** What an app is called that its user gave no name. */
export const defaultAppName = 'Authenticator app';

const stepSeconds = 30;
export const totpDigits = 6;
/** How far a phone's clock may be off, in steps (RFC 6238 5.2, 6). */
const allowedSteps = [-1, 0, 1] as const;

/** As long as the output of HMAC-SHA-1 (RFC 4226 4, R6). */
const secretBytes = 20;

/** What other systems have given out: 16 letters of base32 at least, and nothing that no app would take. */
const importedBytes = { min: 10, max: 64 } as const;

export function newTotpSecret(): Buffer {
  return randomBytes(secretBytes);
}

/** In the letters that apps take. */
export function base32Of(secret: Uint8Array): string {
  return secretOf(secret).base32;
}

/**
 * A secret of another system, as people copy it: any case, with spaces, dashes or the `=` at its end.
 *
 * @returns undefined if it is none, or too short or too long for one
 */
export function readBase32(text: string): Buffer | undefined {
  const letters = text.replaceAll(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (!/^[A-Z2-7]+$/.test(letters)) return undefined;
  return ofImportedLength(Buffer.from(Secret.fromBase32(letters).bytes));
}

/** The same in hexadecimal, as databases have it. */
export function readHexSecret(text: string): Buffer | undefined {
  return /^([0-9a-f]{2})+$/i.test(text) ? ofImportedLength(Buffer.from(text, 'hex')) : undefined;
}

function ofImportedLength(bytes: Buffer): Buffer | undefined {
  return bytes.length >= importedBytes.min && bytes.length <= importedBytes.max ? bytes : undefined;
}

/** The time step of a moment (RFC 6238 4.2). */
export function stepAt(ms: number): number {
  return Math.floor(ms / 1000 / stepSeconds);
}

/**
 * The time step that a code belongs to; undefined if it is none of now, of the step before or of the one after. It takes
 * the same time whether or not it is.
 *
 * @param code six digits
 */
export function stepOf(secret: Uint8Array, code: string, nowMs: number): number | undefined {
  const now = stepAt(nowMs);
  const sent = Buffer.from(code);
  const found = allowedSteps
    .map((offset) => now + offset)
    .filter((counter) => {
      const expected = Buffer.from(
        HOTP.generate({ secret: secretOf(secret), digits: totpDigits, counter }),
      );
      return sent.length === expected.length && timingSafeEqual(sent, expected);
    });
  return found.at(-1);
}

/** Longer names make a code that no camera reads. */
const maxUriName = 64;

/**
 * What an app reads from the QR code.
 *
 * @param issuer whose account it is
 * @param email which account
 */
export function totpUri(secret: Uint8Array, issuer: string, email: string): string {
  return new TOTP({
    issuer: uriName(issuer),
    label: uriName(email),
    secret: secretOf(secret),
    digits: totpDigits,
    period: stepSeconds,
  }).toString();
}

/** A colon would stand between issuer and label. */
function uriName(name: string): string {
  return [...name.replaceAll(':', ' ')].slice(0, maxUriName).join('').trim();
}

function secretOf(bytes: Uint8Array): Secret {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer });
}
