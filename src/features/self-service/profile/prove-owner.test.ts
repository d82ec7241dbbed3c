import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';

/** What takes the current password, for users who have none, and for those who have a second factor. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

interface State {
  readonly hasPassword: boolean;
  readonly factorLevel: 1 | 2 | 3;
  /** How many seconds ago the user signed in. */
  readonly signedInAgo: number;
  /** And showed a factor; null: not in this session. */
  readonly factorAgo: number | null;
}

const atMs = (secondsAgo: number | null) =>
  secondsAgo === null ? null : server.clock.nowMs() - secondsAgo * 1000;

async function userWith(state: State): Promise<SignedUp> {
  const user = await server.signUp();
  await db
    .updateTable('users')
    .set({
      factor_level: state.factorLevel,
      ...(state.hasPassword ? {} : { password_hash: null }),
    })
    .where('id', '=', user.id)
    .execute();
  await db
    .updateTable('sessions')
    .set({
      authenticated_at_ms: atMs(state.signedInAgo),
      factor_at_ms: atMs(state.factorAgo),
    })
    .where('user_id', '=', user.id)
    .execute();
  return user;
}

let emails = 0;
const acts = {
  async delete({ access_token: token }: SignedUp, password: string | undefined) {
    const json = password === undefined ? { confirm: true } : { password };
    return await server.send('DELETE', '/api/me/', { token, json });
  },
  async 'change the email'({ access_token: token }: SignedUp, password: string | undefined) {
    emails += 1;
    const json = { email: `next${emails}@example.com`, password };
    return await server.send('POST', '/api/me/email/', { token, json });
  },
} as const;

const recently = 10;
const longAgo = 1_000;
const required = { status: 400, password: ['This field is required.'] };
const stepUp = (acr_values: string) => ({
  ...{ status: 401, code: 'insufficient_user_authentication', acr_values },
});

const table: readonly [string, State, 'sent' | 'absent', object | 'done'][] = [
  ['a password', stateOf(true, 1, longAgo, null), 'sent', 'done'],
  ['a password that is not sent', stateOf(true, 1, recently, null), 'absent', required],
  ['no password, signed in lately', stateOf(false, 1, recently, null), 'absent', 'done'],
  ['no password, signed in long ago', stateOf(false, 1, longAgo, null), 'absent', stepUp('aal1')],
  ['a password and a factor', stateOf(true, 2, recently, recently), 'sent', 'done'],
  ['a password and a remembered device', stateOf(true, 2, recently, null), 'sent', stepUp('aal2')],
  ['a password, a stale factor', stateOf(true, 2, recently, longAgo), 'sent', stepUp('aal2')],
  ['a factor lately, no password sent', stateOf(true, 2, recently, recently), 'absent', 'done'],
  ['a stale factor, none sent', stateOf(true, 2, recently, longAgo), 'absent', stepUp('aal2')],
  ['a passkey alone', stateOf(false, 3, recently, recently), 'absent', 'done'],
  ['a stale passkey alone', stateOf(false, 3, longAgo, longAgo), 'absent', stepUp('phr aal2')],
];

function stateOf(
  hasPassword: boolean,
  factorLevel: State['factorLevel'],
  signedInAgo: number,
  factorAgo: number | null,
): State {
  return { hasPassword, factorLevel, signedInAgo, factorAgo };
}

describe.each(Object.entries(acts))('to %s', (_name, act) => {
  test.each(table)('with %s', async (_what, state, password, expected) => {
    const user = await userWith(state);
    const answer = await act(user, password === 'sent' ? goodPassword : undefined);
    if (expected === 'done') expect([202, 204]).toContain(answer.status);
    else expect(answer.body).toMatchObject(expected);
    const left = await db.selectFrom('users').select('id').where('id', '=', user.id).execute();
    expect(left).toHaveLength(answer.status === 204 ? 0 : 1);
  });
});

describe('the password', () => {
  const next = 'quite another horse';
  const change = ({ access_token: token }: SignedUp, json: object) =>
    server.send('POST', '/api/me/password/', { token, json: { new_password: next, ...json } });
  const hashOf = async ({ id }: SignedUp) =>
    (
      await db
        .selectFrom('users')
        .select('password_hash')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    ).password_hash;

  test('is set for the first time by who has none, with recent authentication', async () => {
    const stale = await userWith(stateOf(false, 3, longAgo, longAgo));
    expect((await change(stale, {})).body).toMatchObject(stepUp('phr aal2'));
    expect(await hashOf(stale)).toBeNull();
    const user = await userWith(stateOf(false, 3, recently, recently));
    expect((await change(user, {})).status).toBe(200);
    const again = await change(user, {});
    expect(again.body).toMatchObject({ current_password: ['This field is required.'] });
    const changed = await change(user, { current_password: next, new_password: goodPassword });
    expect(changed.status).toBe(200);
  });

  test('of who has a factor takes the factor as well', async () => {
    const user = await userWith(stateOf(true, 2, recently, null));
    const answer = await change(user, { current_password: goodPassword });
    expect(answer.body).toMatchObject(stepUp('aal2'));
    const other = await userWith(stateOf(true, 2, recently, recently));
    expect((await change(other, { current_password: goodPassword })).status).toBe(200);
  });

  test('several at once set one first password', async () => {
    const user = await userWith(stateOf(false, 1, recently, null));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => change(user, { new_password: `${next} ${n}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(7);
  });
});
