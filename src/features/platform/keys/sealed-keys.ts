import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import { findSigningKeys, replaceSealedKey, type SigningKeyRow } from './keys.queries.ts';

/** Private keys as the database has them: encrypted, so that a stolen copy signs nothing. */

const ivBytes = 12;
const tagBytes = 16;

function sealingKey(secretKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', 'latchkey signing keys', 32));
}

/**
 * Encrypts a private key with AES-256-GCM (NIST SP 800-38D) under a key derived from the secret.
 *
 * @param kid bound to the ciphertext, so that no row can be given another's
 */
export function sealPrivateKey(privateKey: KeyObject, kid: string, secretKey: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(secretKey), iv).setAAD(Buffer.from(kid));
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealed = Buffer.concat([iv, cipher.update(der), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

/** The private key; undefined where it was sealed under another secret, or was changed. */
export function unsealPrivateKey(
  sealed: string,
  kid: string,
  secretKey: string,
): KeyObject | undefined {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv(
      'aes-256-gcm',
      sealingKey(secretKey),
      bytes.subarray(0, ivBytes),
    )
      .setAAD(Buffer.from(kid))
      .setAuthTag(bytes.subarray(-tagBytes));
    const der = Buffer.concat([
      decipher.update(bytes.subarray(ivBytes, -tagBytes)),
      decipher.final(),
    ]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

/** The private key of a row, and which of the secrets had sealed it; undefined where none had. */
export function openPrivateKey(
  { kid, sealed_private_key: sealed }: SigningKeyRow,
  secretKeys: readonly string[],
): { privateKey: KeyObject; secretKey: string } | undefined {
  for (const secretKey of secretKeys) {
    const privateKey = unsealPrivateKey(sealed, kid, secretKey);
    if (privateKey) return { privateKey, secretKey };
  }
  return undefined;
}

/**
 * Seals under the first of the secrets what another one of them has sealed, so that the others can
 * be dropped.
 */
export async function resealKeys(db: Db, secretKeys: readonly string[]): Promise<void> {
  const [current, ...older] = secretKeys;
  if (current === undefined || older.length === 0) return;
  for (const row of await findSigningKeys(db)) {
    const opened = openPrivateKey(row, secretKeys);
    if (!opened || opened.secretKey === current) continue;
    const resealed = sealPrivateKey(opened.privateKey, row.kid, current);
    await replaceSealedKey(db, row.kid, { from: row.sealed_private_key, to: resealed });
  }
}
