import { createCipheriv, createDecipheriv } from 'node:crypto';
import { derivedKey } from './derived-key.ts';
import { randomBytes } from './random-bytes.ts';

/**
 * Encrypts secrets that the database has to keep in readable form, under a key that is derived from the server's
 * secret. So a stolen copy of the database does not reveal them. AES-256-GCM (NIST SP 800-38D), keys by HKDF (RFC
 * 5869).
 */

const ivBytes = 12;
const tagBytes = 16;

export interface Seal {
  /** The server's secret. */
  readonly secretKey: string;
  /** What the key is for: each purpose has a key of its own. */
  readonly purpose: string;
  /** What the ciphertext is bound to, so that it opens nowhere else: the row that it belongs to. */
  readonly boundTo: string;
}

const keyOf = ({ secretKey, purpose }: Seal) => derivedKey(secretKey, purpose);

/** Encrypts bytes; gives base64url. */
export function seal(bytes: Uint8Array, by: Seal): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(by), iv).setAAD(Buffer.from(by.boundTo));
  const sealed = Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

/** The bytes; undefined if they were sealed under another secret or for another row, or were changed. */
export function unseal(sealed: string, by: Seal): Buffer | undefined {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(by), bytes.subarray(0, ivBytes))
      .setAAD(Buffer.from(by.boundTo))
      .setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
