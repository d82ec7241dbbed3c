import { OperatorError } from '../../../lib/operator-error.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { Actor } from '../audit/index.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

/** Why no key can follow now. Nothing was changed. */
export class RotationError extends OperatorError {
  override readonly name = 'RotationError';
}

/**
 * Makes the next signing key now; it signs a quarter of an hour later, when all servers know it.
 *
 * @throws RotationError if tokens are not signed with keys, or the next key exists already
 */
export async function startNextKey(
  { keys, settings }: { readonly keys: SigningKeys; readonly settings: Settings },
  actor: Actor,
): Promise<SigningKey> {
  const algorithm = settings.get('ACCESS_TOKEN_ALGORITHM');
  if (algorithm === 'HS256') {
    throw new RotationError('Tokens are signed with the secret: ACCESS_TOKEN_ALGORITHM is HS256.', {
      code: 'signed_with_secret',
    });
  }
  const listed = (await keys.list()).filter((key) => key.algorithm === algorithm);
  const waiting = listed.find(({ state }) => state === 'next');
  if (waiting) {
    const from = new Date(waiting.activeAtMs).toISOString().slice(0, 19).replace('T', ' ');
    throw new RotationError(
      `The next key, ${waiting.kid}, is there already. It signs from ${from}Z on.`,
    );
  }
  const live = listed.filter(({ revokedAtMs }) => revokedAtMs === null);
  if (!live.some(({ privateKey }) => privateKey !== undefined)) {
    throw new RotationError(
      live.length === 0
        ? 'There is no key to follow. A server that runs makes the first one within seconds.'
        : "The keys are sealed under another secret. Give this command the server's: " +
            'LATCHKEY_SECRET_KEY, or --data.',
    );
  }
  return keys.rotate(algorithm, actor);
}
