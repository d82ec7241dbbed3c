import type { Db } from '../../../db/database.ts';

/**
 * Forgets the devices on which a user is not asked for the second factor: all, that of one session, or all but that of
 * one session. In the transaction that ends the sessions.
 */
export async function forgetTrustedDevices(
  trx: Db,
  userId: number,
  { id, exceptId }: { readonly id?: number; readonly exceptId?: number | undefined } = {},
): Promise<void> {
  const deviceOf = (sessionId: number) =>
    trx
      .selectFrom('sessions')
      .select('trusted_device_id')
      .where('id', '=', sessionId)
      .where('trusted_device_id', 'is not', null);
  let forgotten = trx.deleteFrom('trusted_devices').where('user_id', '=', userId);
  if (id !== undefined) forgotten = forgotten.where('id', 'in', deviceOf(id));
  if (exceptId !== undefined) forgotten = forgotten.where('id', 'not in', deviceOf(exceptId));
  await forgotten.execute();
}
