import { findPasswordHash } from '../src/features/identity/users/index.ts';
import { beginSignInFlow } from '../src/features/sign-in/login/sign-in-flows.ts';
import type { TestServer } from './harness.ts';

/** A sign-in that waits for its user to add a factor; gives its flow. */
export async function waitingEnrolment(
  { deps, clock }: TestServer,
  userId: number,
): Promise<string> {
  const passwordHash = (await findPasswordHash(deps.database.db, userId)) ?? '';
  const proof = { kind: 'password', userId, passwordHash } as const;
  const about = { purpose: 'enrolment', nowMs: clock.nowMs() } as const;
  const flow = await deps.database.transact((trx) =>
    beginSignInFlow(trx, deps, proof, { ip: null, device: null }, about),
  );
  return flow ?? '';
}
