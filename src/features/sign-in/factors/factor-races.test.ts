import { describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { createTestDatabase, startServer } from '../../../../test/harness.ts';
import { noNotices } from '../../identity/notices/notices.ts';
import { createHashPool, createPasswords } from '../../identity/passwords/index.ts';
import { checkRecoveryCode, checkTotp } from './index.ts';

const factors = '/api/me/factors/';

describe('of 64 at once on two servers one succeeds', () => {
  async function startTwo() {
    const stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const one = stack.use(await startServer({ database, pinned: { RATE_LIMITS_ENABLED: false } }));
    const two = stack.use(await startServer({ database, pinned: { RATE_LIMITS_ENABLED: false } }));
    return {
      one,
      atOnce: <T>(call: (node: typeof one) => Promise<T>) =>
        Promise.all(Array.from({ length: 64 }, (_, index) => call(index % 2 ? one : two))),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  }

  test('who confirms an app, and gets the recovery codes', async () => {
    await using both = await startTwo();
    const { one } = both;
    const { access_token: token, id: userId } = await one.signUp();
    const { body } = await one.send('POST', factors, { token, json: { kind: 'totp' } });
    const json = { code: shownCode(one, body.secret) };
    const path = `${factors}${body.id}/confirm/`;
    const answers = await both.atOnce((node) => node.send('POST', path, { token, json }));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.map(({ body: { recovery_codes } }) => recovery_codes.length)).toEqual([10]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 404]));
    const codes = await one.deps.database.db
      .selectFrom('recovery_codes')
      .select('number')
      .where('user_id', '=', userId)
      .execute();
    expect(codes).toHaveLength(10);
  });

  test('who adds the first of two apps gets recovery codes, and they are the ones that work', async () => {
    await using both = await startTwo();
    const { one } = both;
    const { access_token: token, id: userId } = await one.signUp();
    const apps = await Promise.all(
      [1, 2].map(async () => {
        const { body } = await one.send('POST', factors, { token, json: { kind: 'totp' } });
        return body as { id: number; secret: string };
      }),
    );
    const answers = await Promise.all(
      apps.map(({ id, secret }) =>
        one.send('POST', `${factors}${id}/confirm/`, {
          ...{ token, json: { code: shownCode(one, secret) } },
        }),
      ),
    );
    const given = answers.map(({ body }) => body.recovery_codes.length).toSorted();
    expect(given).toEqual([0, 10]);
    const { db } = one.deps.database;
    const row = await db
      .selectFrom('users')
      .select('factor_level')
      .where('id', '=', userId)
      .executeTakeFirstOrThrow();
    expect(row.factor_level).toBe(2);
  });

  test('who uses a code, and who uses a recovery code', async () => {
    await using both = await startTwo();
    const { one } = both;
    const user = await one.signUp();
    const { secret, recoveryCodes } = await addApp(one, user);
    const pool = createHashPool(one.deps, 1);
    const passwords = createPasswords({ ...one.deps, hashPool: pool });
    const source = { network: '192.0.2.1', account: 'ada' };
    const by = { actor: { kind: 'system' }, nowMs: one.clock.nowMs() } as const;
    const deps = { ...one.deps, passwords, notices: noNotices };
    const code = shownCode(one, secret);
    const spent = (find: (node: typeof one) => ReturnType<typeof checkTotp>) =>
      both.atOnce(async (node) => {
        const found = await find(node);
        if (!found) return false;
        return node.deps.database.transact((trx) => found.spend(trx, by));
      });
    const ofApp = await spent((node) =>
      checkTotp({ ...node.deps, notices: noNotices }, user.id, code),
    );
    expect(ofApp.filter(Boolean)).toHaveLength(1);
    const ofCodes = await spent((node) =>
      checkRecoveryCode({ ...deps, ...node.deps }, user.id, recoveryCodes[3] ?? '', source),
    );
    expect(ofCodes.filter(Boolean)).toHaveLength(1);
    await pool.close();
  });

  test('who removes the two factors of a user leaves none, and no recovery code', async () => {
    await using both = await startTwo();
    const { one } = both;
    const user = await one.signUp();
    const { id: first } = await addApp(one, user);
    const { id: second } = await addApp(one, user);
    const { access_token: token } = user;
    const answers = await both.atOnce((node) =>
      node.send('DELETE', `${factors}${Math.random() < 0.5 ? first : second}/`, { token }),
    );
    expect(answers.filter(({ status }) => status === 204).length).toBeLessThanOrEqual(2);
    for (const id of [first, second]) await one.send('DELETE', `${factors}${id}/`, { token });
    const { body } = await one.send('GET', factors, { token });
    expect(body).toMatchObject({ authenticator_apps: [], recovery_codes_left: 0 });
  });
});
