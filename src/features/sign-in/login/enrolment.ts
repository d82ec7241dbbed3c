import {
  type BodyField,
  declareBody,
  described,
  optional,
} from '../../../contract/declare-body.ts';
import { type Body, textMember, throwFieldErrors } from '../../../contract/fields.ts';
import { choiceField, idSchema, isId } from '../../../contract/value-fields.ts';
import { AppError } from '../../../errors/index.ts';
import { codeField, readCode } from '../../identity/flows/index.ts';
import { sentTokenHash } from '../../identity/link-tokens/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import {
  type AppDeps,
  beginApp,
  checkNewApp,
  checkNewPasskey,
  credentialField,
  type FactorOwner,
  factorNameField,
  lockFactorOwner,
  type NewFactor,
  newPasskeyOptions,
  type OwnPasskeyDeps,
  readRequirement,
  type UnconfirmedApp,
} from '../factors/index.ts';
import type { SessionDeps, SessionOrigin } from '../sessions/index.ts';
import { rememberField } from './device-token.ts';
import { finishFlow, type RememberedPair } from './finish-flow.ts';
import { flowBody, flowField, type SecondFactorClient } from './second-factor.ts';
import {
  type FlowTry,
  findSignInFlow,
  flowExpired,
  trySignInFlow,
  unknownFlow,
} from './sign-in-flows.ts';

/**
 * Users who have to have a second factor, and whose time for adding one is over, add it here: it is all that a sign-in opens
 * to them. What they add is what they sign in with.
 */

export type EnrolmentDeps = SessionDeps & {
  readonly limits: Limits;
  /** For what is added. */
  readonly apps: AppDeps & OwnPasskeyDeps;
};

const purpose = 'enrolment';
const needsPasskey = 'You have to have a passkey that verifies you.';

/** The tokens of a session that a new factor has started. */
export interface EnrolledPair extends RememberedPair {
  /** None if there are some already. */
  readonly recovery_codes: readonly string[];
}

export const enrolmentAppBody = declareBody(
  {
    flow: flowField,
    kind: choiceField(['totp'], { description: 'An authenticator app.', examples: ['totp'] }),
    name: optional(factorNameField),
  },
  { title: 'EnrolmentStart' },
);

/** In a form it is a text. */
const appIdField: BodyField<number> = {
  schema: idSchema({
    description: 'That of the app, as the first step answered it.',
    examples: [3],
  }),
  read(body, name) {
    const value = Number(textMember(body, name));
    return isId(value) ? { value } : { errors: ['Not an id.'] };
  },
};

export const enrolmentConfirmationBody = declareBody(
  {
    flow: flowField,
    id: appIdField,
    code: described(codeField, { description: 'The code that the app shows.' }),
    remember: rememberField,
  },
  { title: 'EnrolmentConfirmation' },
);
export const enrolmentPasskeyBody = declareBody(
  {
    flow: flowField,
    credential: credentialField,
    name: optional(factorNameField),
    remember: rememberField,
  },
  { title: 'EnrolmentPasskey' },
);
const confirmationRest = declareBody({ flow: flowField, id: appIdField, remember: rememberField });

const ownerOf = (userId: number, { ip }: SessionOrigin): FactorOwner => ({
  ...{ id: userId, sessionId: undefined },
  actor: { kind: 'user', id: userId, ip },
});

/**
 * Begins an authenticator app for a sign-in that waits for one.
 *
 * @throws AppError `flow_expired`, `invalid_fields`, `invalid_body`, `too_many_factors`, `second_factors_off`,
 *   `user_inactive`, `rate_limited`
 */
export async function beginEnrolmentApp(
  deps: EnrolmentDeps,
  body: Body,
  { origin }: Pick<SecondFactorClient, 'origin'>,
): Promise<UnconfirmedApp> {
  const { flow } = enrolmentAppBody.read(body);
  const found = await findSignInFlow(deps, { flow, purpose });
  if (!found) throw await unknownFlow(deps, origin);
  const { requiredLevel } = await readRequirement(deps, found.userId);
  if (requiredLevel === 3) throwFieldErrors({ kind: [needsPasskey] });
  // Each makes a secret and writes a row. By flow: who knows the password does not use up what the owner may do.
  await deps.limits.count('SECURITY_CHANGES_PER_SESSION', `enrolment ${sentTokenHash(flow)}`);
  return beginApp(deps.apps, ownerOf(found.userId, origin), body);
}

/**
 * Confirms the app by a code of it, and signs in with it.
 *
 * @throws AppError `invalid_code`, which says how many tries are left, `flow_expired`, `not_found`, `invalid_fields`,
 *   `invalid_body`, `too_many_factors`, `email_not_verified`, `no_admin_permission`, `rate_limited`, `overloaded`
 */
export async function finishEnrolmentWithApp(
  deps: EnrolmentDeps,
  body: Body,
  client: SecondFactorClient,
): Promise<EnrolledPair> {
  const { id, ...sent } = confirmationRest.read(body);
  const code = readCode(body);
  return finishEnrolment(deps, sent, client, (owner) =>
    checkNewApp(deps.apps, owner, { id, code }),
  );
}

/**
 * What the browser asks an authenticator for, to make the passkey that a sign-in waits for.
 *
 * @throws AppError `flow_expired`, `invalid_fields`, `invalid_body`, `too_many_factors`, `second_factors_off`,
 *   `passkeys_not_configured`, `user_inactive`, `rate_limited`
 */
export async function beginEnrolmentPasskey(
  deps: EnrolmentDeps,
  body: Body,
  { origin }: Pick<SecondFactorClient, 'origin'>,
) {
  const { flow } = flowBody.read(body);
  const found = await findSignInFlow(deps, { flow, purpose });
  if (!found) throw await unknownFlow(deps, origin);
  const owner = ownerOf(found.userId, origin);
  return newPasskeyOptions(deps.apps, owner, await passkeyRules(deps, owner));
}

/**
 * Adds the passkey, and signs in with it.
 *
 * @throws AppError as `finishEnrolmentWithApp`, `invalid_passkey`, `passkeys_not_configured`
 */
export async function finishEnrolmentWithPasskey(
  deps: EnrolmentDeps,
  body: Body,
  client: SecondFactorClient,
): Promise<EnrolledPair> {
  const sent = enrolmentPasskeyBody.read(body);
  return finishEnrolment(deps, sent, client, async (owner) => {
    const { credential, name } = sent;
    const rules = await passkeyRules(deps, owner);
    return checkNewPasskey(deps.apps, owner, { credential, name, ...rules });
  });
}

/** One that has not verified its user is no more than a second factor: not enough where a passkey is asked for. */
async function passkeyRules(deps: EnrolmentDeps, { id }: FactorOwner) {
  const { requiredLevel } = await readRequirement(deps, id);
  return { needsVerification: requiredLevel === 3 };
}

/**
 * Ends a sign-in with a factor that is added by it: one transaction spends the flow, adds the factor and starts the session.
 *
 * @param check checks what the user sent of the new factor
 * @throws AppError as `check`, with how many tries are left; `flow_expired`, `email_not_verified`, `no_admin_permission`
 */
async function finishEnrolment(
  deps: EnrolmentDeps,
  { flow, remember = false }: { readonly flow: string; readonly remember?: boolean | undefined },
  { origin, admits }: SecondFactorClient,
  check: (owner: FactorOwner) => Promise<NewFactor>,
): Promise<EnrolledPair> {
  const tried = await trySignInFlow(deps, { flow, purpose });
  if (!tried) throw await unknownFlow(deps, origin);
  try {
    const { userId } = tried;
    if (admits && !(await admits(userId))) throw new AppError('no_admin_permission');
    const first = await tried.firstProof();
    if (!first) throw flowExpired();
    const owner = ownerOf(userId, origin);
    const { add, level, amr } = await check(owner);
    let recoveryCodes: readonly string[] = [];
    const factor = {
      ...{ level, amr },
      async spend(trx: Parameters<typeof add>[0]) {
        // Once more, while nobody else changes the factors: the owner may have added one since.
        await lockFactorOwner(trx, owner);
        if (!(await tried.firstProof(trx))) throw flowExpired();
        const { requiredLevel } = await readRequirement(deps, userId, trx);
        if (level < requiredLevel) throwFieldErrors({ non_field_errors: [needsPasskey] });
        recoveryCodes = await add(trx);
        return true;
      },
    };
    const end = { proof: { ...first, factor }, remember };
    const pair = await finishFlow(deps, tried, end, origin);
    return { ...pair, recovery_codes: [...recoveryCodes] };
  } catch (error) {
    throw await judged(tried, error);
  }
}

/** What somebody is told whose try has failed: it counts if what they sent was wrong. */
async function judged(tried: FlowTry, error: unknown): Promise<unknown> {
  const isWrong =
    error instanceof AppError && ['invalid_code', 'invalid_passkey'].includes(error.code);
  if (!isWrong) {
    await tried.giveBack();
    return error;
  }
  if (tried.triesLeft === 0) return flowExpired();
  const { detail, members } = error.options;
  return new AppError(error.code, {
    ...(detail !== undefined && { detail }),
    members: { ...members, tries_left: tried.triesLeft },
  });
}
