import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** What was derived, by purpose and secret: deriving costs as much as ten uses. */
const derived = new Map<string, KeyObject>();

/** There are as many as purposes, for each secret of a server; tests start a thousand servers. */
const mostKept = 100;

/**
 * A key of 256 bits for one purpose, derived from the server's secret (RFC 5869, HKDF with SHA-256).
 *
 * @param purpose what the key is for: each purpose has a key of its own
 */
export function derivedKey(secretKey: string, purpose: string): KeyObject {
  const name = `${purpose}\n${secretKey}`;
  let key = derived.get(name);
  if (!key) {
    key = createSecretKey(Buffer.from(hkdfSync('sha256', secretKey, '', purpose, 32)));
    if (derived.size >= mostKept) derived.clear();
    derived.set(name, key);
  }
  return key;
}
