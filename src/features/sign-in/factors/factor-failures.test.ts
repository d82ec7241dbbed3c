import { afterAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { createTestDatabase, type SignedUp, startServer } from '../../../../test/harness.ts';
import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import { noNotices } from '../../identity/notices/index.ts';
import { createLimits } from '../../platform/limits/index.ts';
import { checkFactor } from './check-factor.ts';
import { countGuess } from './factor-failures.ts';

/** A hundred codes a day are wrong, and no more, however many come at once. */

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const database = stack.use(await createTestDatabase());
const pinned = { RATE_LIMITS_ENABLED: false, ACCESS_TOKEN_LIFETIME: 600 };
const one = stack.use(await startServer({ database, pinned }));
const other = stack.use(await startServer({ database, pinned }));

const { db } = one.deps.database;

type Node = typeof one;

const stepUp = (node: Node, { access_token: token }: SignedUp, code: string) =>
  node.send('POST', '/api/me/reauthenticate/', { token, json: { code } });

async function withApp() {
  const user = await one.signUp();
  const { secret } = await addApp(one, user);
  const code = (steps = 0) => shownCode(one, secret, steps);
  // Neither that of now nor of another step that is accepted.
  const good = [-1, 0, 1].map((steps) => code(steps));
  const wrong = ['000000', '000001', '000002', '000003'].find((text) => !good.includes(text)) ?? '';
  return { user, code, wrong };
}

/** What so many at once on two nodes are told. */
async function burst(count: number, { user, wrong }: Awaited<ReturnType<typeof withApp>>) {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, n) => stepUp(n % 2 ? one : other, user, wrong)),
  );
  const told = answers.map(({ body }) => body.code);
  const refused = answers.filter(({ status }) => status === 429);
  for (const { headers } of refused) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(86_000);
    expect(headers.get('ratelimit')).toMatch(/^"factor_failures_a_day";r=0;t=\d+$/);
  }
  return {
    judged: told.filter((code) => code === 'invalid_code').length,
    refused: refused.length,
  };
}

test('of 200 wrong codes at once on two nodes a hundred are judged', async () => {
  const person = await withApp();
  expect(await burst(200, person)).toEqual({ judged: 100, refused: 100 });
  const { user, code } = person;
  expect((await stepUp(one, user, code())).status).toBe(429);
  // Elsewhere nothing has failed.
  const { id: userId } = user;
  const failure = { userId, factor: 'totp', door: 'sign-in', actor: { kind: 'system' } } as const;
  await expect(countGuess(one.deps, failure)).resolves.toBeDefined();
});

/** Sends a code that the server has no time for once it is counted. */
function unjudged({ id: userId }: SignedUp) {
  let looks = 0;
  const busy: Database = {
    ...one.deps.database,
    get db() {
      looks += 1;
      if (looks > 1) throw new AppError('overloaded');
      return one.deps.database.db;
    },
  };
  const limits = createLimits(one.deps);
  const failures = { note: () => undefined, stop: async () => undefined };
  const deps = { ...one.deps, database: busy, limits, failures, notices: noNotices } as never;
  const proof = { kind: 'totp', code: '123456' } as const;
  const actor = { kind: 'system' } as const;
  return checkFactor(deps, { userId, proof, binding: 'step-up 1', actor });
}

function advanceBoth(ms: number): void {
  for (const { clock } of [one, other]) clock.advance(ms);
}

/** What is counted now. */
const counts = () => db.selectFrom('rate_counts').select(['events']).execute();

test('a code that is right, and one that could not be judged, are given back', async () => {
  await db.deleteFrom('rate_counts').execute();
  const person = await withApp();
  const { user, code } = person;
  expect((await stepUp(one, user, code(0))).status).toBe(200);
  expect((await stepUp(other, user, code(1))).status).toBe(200);
  for (let n = 0; n < 5; n += 1)
    await expect(unjudged(user)).rejects.toThrow('The server is busy.');
  // Nor does a row stay of any.
  expect(await counts()).toEqual([]);
  expect((await stepUp(one, user, person.wrong)).status).toBe(400);
  advanceBoth(90_000);
  expect((await stepUp(one, user, code(1))).status).toBe(200);
  expect(await counts()).toEqual([{ events: 1 }]);
  await db.deleteFrom('rate_counts').execute();
  expect(await burst(110, person)).toEqual({ judged: 100, refused: 10 });
});

test('of many that use one code at once one is given back: the others are as wrong as any', async () => {
  await db.deleteFrom('rate_counts').execute();
  const { user, code } = await withApp();
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, n) => stepUp(n % 2 ? one : other, user, code())),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(15).fill(400)]);
  expect(await counts()).toEqual([{ events: 15 }]);
});

test('a clock that was set back keeps nobody out', async () => {
  await db.deleteFrom('rate_counts').execute();
  const { user, code, wrong } = await withApp();
  advanceBoth(120_000);
  expect((await stepUp(one, user, wrong)).status).toBe(400);
  await db.updateTable('rate_counts').set({ events: 100 }).execute();
  expect((await stepUp(one, user, wrong)).status).toBe(429);
  advanceBoth(-120_000);
  expect((await stepUp(one, user, code())).status).toBe(200);
});
