import { rememberDevice } from '../src/features/sign-in/factors/index.ts';
import type { TestServer } from './harness.ts';

/** Remembers the device of a user's session, as a sign-in with a second factor does; gives its id. */
export async function rememberedDevice(
  { deps, clock }: TestServer,
  userId: number,
): Promise<number> {
  return await deps.database.transact(async (trx) => {
    const { id: sessionId } = await trx
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    const actor = { kind: 'user', id: userId, ip: null } as const;
    const about = { userId, sessionId, device: null, ip: null, actor, nowMs: clock.nowMs() };
    await rememberDevice(trx, deps, about);
    const { id } = await trx
      .selectFrom('trusted_devices')
      .select('id')
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    return id;
  });
}
