import { AppError } from '../../../../errors/index.ts';

/** Why a passkey is not accepted: the `reason` of the answer for programs, and its `detail` for people. */
export const refusals = {
  malformed: 'The answer of the authenticator cannot be read.',
  expired: 'The request for the passkey has expired. Start again.',
  other_request: 'The answer of the authenticator belongs to another request. Start again.',
  used: 'This answer of the authenticator was used before. Start again.',
  wrong_origin: 'The passkey was used on a page that does not belong to this server.',
  wrong_site: 'The passkey is for another site.',
  not_present: 'The authenticator did not make sure that somebody is there.',
  not_verified:
    'The authenticator did not verify you, for example by a fingerprint or a PIN. Switch that on, or use another way.',
  wrong_signature: 'The signature of the passkey is not right.',
  unsupported: 'The passkey is of a kind that this server does not support.',
  unknown:
    'This passkey does not belong to an account here. It may have been removed: delete it on your device.',
  changed:
    'The passkey says something else about its backup than when it was added. Remove it, and add it again.',
  counter_regressed:
    'The passkey counts fewer uses than before, so it may have been copied. Use another way, and remove it.',
  already_added: 'This passkey was added before.',
} as const;

export type Refusal = keyof typeof refusals;

/**
 * @param isMissing whether the browser may be told that the passkey is gone (WebAuthn Level 3, 5.1.10.1): only if all
 *   else was right, because the browser removes it for good
 */
export function refusePasskey(
  reason: Refusal,
  { isMissing, cause }: { readonly isMissing?: boolean; readonly cause?: unknown } = {},
): AppError {
  return new AppError('invalid_passkey', {
    detail: refusals[reason],
    members: { reason, ...(isMissing && { signal_unknown: true }) },
    ...(cause !== undefined && { cause }),
  });
}
