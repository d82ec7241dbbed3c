import { declareBody } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import { existingSecret } from '../../../contract/text-fields.ts';
import { AppError } from '../../../errors/index.ts';
import type { Answer } from '../../../lib/answer.ts';
import {
  challengeSeconds,
  checkFactor,
  declareFactorBody,
  type FactorDeps,
  passkeyRequestOptions,
} from '../factors/index.ts';
import type { SessionDeps, SessionOrigin } from '../sessions/index.ts';
import { rememberField } from './device-token.ts';
import { finishFlow, type RememberedPair } from './finish-flow.ts';
import {
  type FlowTry,
  findSignInFlow,
  flowExpired,
  trySignInFlow,
  unknownFlow,
} from './sign-in-flows.ts';

/** The second step of a sign-in to an account that has a second factor. */

export type SecondFactorDeps = SessionDeps & FactorDeps;

export const flowField = existingSecret({
  description: 'The `flow` of the answer that asked for the second factor.',
  examples: ['a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k'],
});
export const flowBody = declareBody({ flow: flowField }, { title: 'SignInFlow' });
export const secondFactorBody = declareFactorBody(
  { flow: flowField, remember: rememberField },
  { title: 'SecondFactor' },
);

/** Who sends a second factor. */
export interface SecondFactorClient {
  readonly origin: SessionOrigin;
  /** Whom to let in; absent: everybody. */
  readonly admits?: (userId: number) => Answer<boolean>;
}

/**
 * Ends a sign-in with its second factor. The transaction that starts the session spends the flow and the factor.
 *
 * @throws AppError `invalid_code`, which says how many tries are left, `invalid_passkey`, `flow_expired`,
 *   `invalid_fields`, `invalid_body`, `no_admin_permission`, `email_not_verified`, `rate_limited`, `overloaded`
 */
export async function finishSecondFactor(
  deps: SecondFactorDeps,
  body: Body,
  client: SecondFactorClient,
): Promise<RememberedPair> {
  const { factor, values } = secondFactorBody.read(body);
  const { flow, remember = false } = values;
  const tried = await trySignInFlow(deps, { flow, purpose: 'second_factor' });
  if (!tried) throw await unknownFlow(deps, client.origin);
  try {
    const { userId } = tried;
    if (client.admits && !(await client.admits(userId))) throw new AppError('no_admin_permission');
    const actor = { kind: 'anonymous', ip: client.origin.ip } as const;
    const sent = { userId, proof: factor, binding: signInBinding(flow), actor };
    const checked = await checkFactor(deps, sent);
    const first = await tried.firstProof();
    if (!first) throw flowExpired();
    const proof = { ...first, factor: checked };
    return await finishFlow(deps, tried, { proof, remember }, client.origin);
  } catch (error) {
    throw await judged(deps, tried, error);
  }
}

/**
 * What a browser asks for a passkey that is to end a flow.
 *
 * @throws AppError `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`, `passkeys_not_configured`
 */
export async function secondFactorOptions(
  deps: SecondFactorDeps,
  body: Body,
  origin: Pick<SessionOrigin, 'ip'>,
) {
  const { flow } = flowBody.read(body);
  const open = await findSignInFlow(deps, { flow, purpose: 'second_factor' });
  if (!open) throw await unknownFlow(deps, origin);
  const options = await passkeyRequestOptions(deps, open.userId, signInBinding(flow));
  return { public_key: options, expires_in: challengeSeconds };
}

/** What the challenges of passkeys are bound to that end a flow. */
export const signInBinding = (flow: string) => `sign-in ${flow}`;

/** What somebody is told whose try has failed: it counts if the factor was judged. */
async function judged({ metrics }: SecondFactorDeps, tried: FlowTry, error: unknown) {
  if (!(error instanceof AppError) || !isWrongFactor(error)) {
    await tried.giveBack();
    return error;
  }
  metrics.signIns.inc({ outcome: 'refused' });
  if (tried.triesLeft === 0) return flowExpired();
  const { detail, members } = error.options;
  return new AppError(error.code, {
    ...(detail !== undefined && { detail }),
    members: { ...members, tries_left: tried.triesLeft },
  });
}

const isWrongFactor = ({ code, status }: AppError) => status === 400 && code !== 'flow_expired';
