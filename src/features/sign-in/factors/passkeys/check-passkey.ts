import type { FactorCheck, FactorProof } from '../factor-check.ts';
import { type PasskeyDeps, type SentPasskey, usePasskey } from './use-passkey.ts';

/**
 * Checks a passkey as the factor of a user who is known already. User verification is not needed for that, but where it is
 * asked for; with it, the passkey is a proof of level 3.
 *
 * @throws AppError `invalid_passkey`, `passkeys_not_configured`
 */
export async function checkPasskey(
  deps: PasskeyDeps,
  sent: Pick<SentPasskey, 'binding' | 'actor'> & {
    readonly userId: number;
    readonly needsVerification?: boolean;
    readonly proof: Extract<FactorProof, { kind: 'passkey' }>;
  },
): Promise<FactorCheck> {
  const { credential } = sent.proof;
  const { needsVerification = false } = sent;
  const { check } = await usePasskey(deps, { ...sent, credential, needsVerification });
  return check;
}
