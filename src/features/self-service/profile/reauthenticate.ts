import { declareBody, described, optional } from '../../../contract/declare-body.ts';
import { type Body, required, throwFieldErrors } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import { currentPasswordField } from '../../identity/passwords/index.ts';
import { record } from '../../platform/audit/index.ts';
import {
  challengeSeconds,
  checkFactor,
  type FactorDeps,
  factorFields,
  passkeyRequestOptions,
  readFactorProof,
} from '../../sign-in/factors/index.ts';
import { confirmSession, raiseSession } from '../../sign-in/sessions/index.ts';
import { checkCurrentPassword, notRight, type Own } from './check-current-password.ts';

const { code, credential } = factorFields;

export const reauthenticationBody = declareBody(
  {
    password: optional(
      described(currentPasswordField, { description: 'For a user who has no second factor.' }),
    ),
    code,
    credential,
  },
  { title: 'Reauthentication' },
);

/** What the challenge of a passkey is bound to that proves a session again. */
const stepUpBinding = (sessionId: number) => `step-up ${sessionId}`;

/** No message of a field: `code` of a problem is something else. */
const needsFactor = 'You have a second factor: send a code or a credential.';
const noRecoveryCode = 'Recovery codes are for signing in alone.';

/**
 * Proves again who the user of a session is: by the password, or, of a user who has a second factor, by that. A passkey that
 * signs in alone stands in for the password: who has one that was made without asking has no second factor. The session
 * then has recent authentication for `REAUTHENTICATION_AGE` (NIST SP 800-63B-4 5.2), and is as strong as what was shown.
 * Its tokens stay the same.
 *
 * @returns when recent authentication ends, in milliseconds
 * @throws AppError `invalid_fields`, `invalid_body`, `invalid_code`, `invalid_passkey`, `permission_denied`,
 *   `invalid_token`, `rate_limited`, `overloaded`
 */
export async function reauthenticate(
  deps: FactorDeps,
  own: RequestPrincipal & Own,
  body: Body,
): Promise<number> {
  const { id: userId, sessionId, impersonatorId, actor } = own;
  if (impersonatorId !== undefined) {
    throw new AppError('permission_denied', {
      detail: 'You are acting as another user. Only that user can reauthenticate.',
    });
  }
  // Without a session there is no row to store the time in.
  if (sessionId === undefined) throw new AppError('invalid_token');
  const { password, proof } = readProofs(own, body);
  const passwordHash =
    password === undefined ? undefined : await checkCurrentPassword(deps, own, password);
  if (password !== undefined && passwordHash === undefined) {
    throwFieldErrors({ password: [notRight] });
  }
  const binding = stepUpBinding(sessionId);
  const needsVerification = isSignIn(own);
  const sent = proof && { userId, proof, binding, needsVerification, actor };
  const factor = sent && (await checkFactor(deps, sent));
  const nowMs = deps.clock.nowMs();
  await deps.database.transact(async (trx) => {
    const session = { id: sessionId, userId, nowMs };
    if (passwordHash !== undefined && !(await confirmSession(trx, { ...session, passwordHash }))) {
      throwFieldErrors({ password: [notRight] });
    }
    if (factor) {
      if (!(await factor.spend(trx, { actor, nowMs })))
        throw new AppError('invalid_code', { detail: 'This code was used before.' });
      const raised = { ...session, level: factor.level, amr: [...factor.amr, 'mfa'] };
      if (!(await raiseSession(trx, raised))) throw new AppError('invalid_token');
    }
    await record(trx, { kind: 'user.reauthenticated', actor, atMs: nowMs, userId });
  });
  return nowMs + deps.settings.get('REAUTHENTICATION_AGE') * 1000;
}

/** Whether a passkey of a user stands in for the password, as at a sign-in. */
const isSignIn = ({ factorLevel }: Pick<RequestPrincipal, 'factorLevel'>) => factorLevel === 1;

/** @throws AppError `invalid_fields` if what the user has to show is not there */
function readProofs(own: RequestPrincipal, body: Body) {
  const { password } = reauthenticationBody.read(body);
  const proof = readFactorProof(body);
  if (proof?.kind === 'recovery_code') throwFieldErrors({ recovery_code: [noRecoveryCode] });
  if (!isSignIn(own) && !proof) throwFieldErrors({ non_field_errors: [needsFactor] });
  const isAlone = isSignIn(own) && proof?.kind !== 'passkey';
  if (isAlone && password === undefined) throwFieldErrors({ password: [required] });
  return { password, proof };
}

/**
 * What a browser asks for a passkey with which the user of a session proves again who they are.
 *
 * @throws AppError `invalid_token`, `passkeys_not_configured`
 */
export async function reauthenticationOptions(
  deps: FactorDeps,
  own: Pick<RequestPrincipal, 'id' | 'sessionId' | 'factorLevel'>,
) {
  const { id, sessionId } = own;
  if (sessionId === undefined) throw new AppError('invalid_token');
  const verification = isSignIn(own) ? 'required' : 'preferred';
  const options = await passkeyRequestOptions(deps, id, stepUpBinding(sessionId), verification);
  return { public_key: options, expires_in: challengeSeconds };
}
