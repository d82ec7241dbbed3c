import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import { seal, unseal } from '../../../lib/sealing.ts';
import { findSigningKeys, replaceSealedKey, type SigningKeyRow } from './keys.queries.ts';

/** Private keys as the database has them: encrypted, so that a stolen copy signs nothing. */

const purpose = 'latchkey signing keys';

/**
 * Encrypts a private key under a key derived from the secret.
 *
 * @param kid bound to the ciphertext, so that a row cannot be given the key of another one
 */
export function sealPrivateKey(privateKey: KeyObject, kid: string, secretKey: string): string {
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  return seal(der, { secretKey, purpose, boundTo: kid });
}

/** The private key; undefined if it was sealed under another secret, or was changed. */
export function unsealPrivateKey(
  sealed: string,
  kid: string,
  secretKey: string,
): KeyObject | undefined {
  const der = unseal(sealed, { secretKey, purpose, boundTo: kid });
  if (!der) return undefined;
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

/** The private key of a row, and which of the secrets had sealed it; undefined if none had. */
export function openPrivateKey(
  { kid, sealedPrivateKey: sealed }: SigningKeyRow,
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
    await replaceSealedKey(db, row.kid, { from: row.sealedPrivateKey, to: resealed });
  }
}
