import type { Deps } from '../../../../deps.ts';
import { seal, unseal } from '../../../../lib/sealing.ts';

/** Secrets of authenticator apps as the database has them: encrypted, so that a stolen copy makes no codes. */

export type SealDeps = Pick<Deps, 'secretKey' | 'secretKeyFallbacks'>;

/** Whose secret it is. One that is put into another row opens nowhere. */
export interface AppKey {
  readonly id: number;
  readonly userId: number;
}

const purpose = 'latchkey authenticator apps';
const boundTo = ({ id, userId }: AppKey) => `${userId} ${id}`;

export function sealSecret({ secretKey }: SealDeps, secret: Uint8Array, app: AppKey): string {
  return seal(secret, { secretKey, purpose, boundTo: boundTo(app) });
}

/** A secret, and whether an older secret of the server has sealed it; undefined if none of them has. */
export function openSecret(
  { secretKey, secretKeyFallbacks = [] }: SealDeps,
  sealed: string,
  app: AppKey,
): { readonly secret: Buffer; readonly isOld: boolean } | undefined {
  for (const key of [secretKey, ...secretKeyFallbacks]) {
    const secret = unseal(sealed, { secretKey: key, purpose, boundTo: boundTo(app) });
    if (secret) return { secret, isOld: key !== secretKey };
  }
  return undefined;
}
