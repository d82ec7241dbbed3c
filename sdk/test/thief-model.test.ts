import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startServer, type TestServer } from '../../test/harness.ts';
import { runs } from '../../test/long.ts';
import { createWorld, type Fate, type Tab, type World } from './world.ts';

/**
 * Somebody copies what the browser has stored, at any moment, and refreshes with it at any other. The
 * owner has several tabs, loses answers and reloads. Whatever the thief got, it has nothing after the
 * owner has asked the server the next time.
 */

const modes = ['keyed', 'open'] as const;
type Mode = (typeof modes)[number];
const graceMs = 10_000; // the default
/** Longer than what one tab has written takes to the others. */
const newsMs = 100;

const servers = {} as Record<Mode, TestServer>;
beforeAll(async () => {
  for (const mode of modes) {
    const pinned = { REFRESH_GRACE_MODE: mode, MAX_SESSIONS_PER_USER: 0 };
    servers[mode] = await startServer({ pinned });
  }
});
afterAll(async () => {
  for (const mode of modes) await servers[mode][Symbol.asyncDispose]();
});

/** `stolen`: the key that stood beside the token. */
type KeyKind = 'none' | 'own' | 'stolen';

/** Has copies of what was stored, and all that it gets for them. */
function createThief(server: TestServer, world: World) {
  const copies: { refresh: string; key: string | undefined }[] = [];
  let access: string | undefined;
  let times = 0;

  function send(refresh: string, idempotencyKey: string | undefined): Promise<Answer> {
    return server.send('POST', '/api/refresh/', {
      json: { refresh_token: refresh },
      ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
    });
  }

  return {
    steal() {
      const { refresh, key } = world.stored();
      if (refresh !== undefined) copies.push({ refresh, key });
    },
    /** With the last that it has. */
    async refresh(kind: KeyKind): Promise<void> {
      const last = copies.at(-1);
      if (!last) return;
      times += 1;
      const key = { none: undefined, own: `thief ${times}`, stolen: last.key }[kind];
      const { status, body } = await send(last.refresh, key);
      if (status !== 200) return;
      access = body.access_token;
      copies.push({ refresh: body.refresh_token, key: undefined });
    },
    /** The last first: an older one would end the session by itself. */
    async hasAnything(): Promise<boolean> {
      for (const { refresh } of copies.toReversed()) {
        if ((await send(refresh, undefined)).status === 200) return true;
      }
      if (access === undefined) return false;
      return (await server.send('GET', '/api/me/', { token: access })).status === 200;
    },
  };
}

type Thief = ReturnType<typeof createThief>;

interface Options {
  readonly mode: Mode;
  readonly hasLocks: boolean;
}

async function signedInWorld({ mode, hasLocks }: Options, server = servers[mode]) {
  const world = createWorld(server, { hasLocks });
  const { access_token: access, refresh_token: refresh } = await server.signUp();
  world.store({ version: 1, access, refresh, receivedAtMs: world.wallMs() });
  const tabs = [world.openTab(), world.openTab()] as [Tab, Tab];
  await Promise.all(tabs.map(({ client }) => client.ready()));
  return { world, tabs, thief: createThief(server, world) };
}

type Step =
  | { readonly kind: 'call' | 'reload'; readonly tab: 0 | 1 }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'break'; readonly fates: Fate[] }
  | { readonly kind: 'steal' }
  | { readonly kind: 'refresh'; readonly key: KeyKind };

const tab = fc.constantFrom(0 as const, 1 as const);
const keyKind = fc.constantFrom<KeyKind>('none', 'own', 'stolen');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('call' as const), tab }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(10, 1_500, 5_000, 9_000, 12_000, 24_000, 31_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), tab }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      fates: fc.array(fc.constantFrom<Fate>('lost', 'answer lost', 'answer swallowed', 'late'), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('steal' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refresh' as const), key: keyKind }) },
);

async function kindsOf(server: TestServer, userId: number): Promise<string[]> {
  const events = await server.deps.database.db
    .selectFrom('audit_events')
    .where('user_id', '=', userId)
    .select('kind')
    .execute();
  return events.map(({ kind }) => kind);
}

const settled = (task: Promise<unknown>) =>
  task.then(
    () => undefined,
    () => undefined,
  );

async function play(world: World, tabs: [Tab, Tab], thief: Thief, steps: readonly Step[]) {
  for (const next of steps) {
    if (next.kind === 'steal') thief.steal();
    if (next.kind === 'refresh') await thief.refresh(next.key);
    if (next.kind === 'break') world.plan(...next.fates);
    if (next.kind === 'wait') await world.wait(next.ms);
    if (next.kind === 'call') {
      settled(tabs[next.tab].client.readProfile());
      await world.wait(1); // under way, whatever the thief does next
    }
    if (next.kind === 'reload') {
      tabs[next.tab].kill();
      tabs[next.tab] = world.openTab();
    }
  }
}

/** The owner asks the server, so that a session that somebody else has used is noticed. */
const contacts = {
  call: async (world: World, { client }: Tab) => {
    await world.run(settled(client.readProfile()));
    await world.wait(graceMs + 2_000);
  },
  signOut: async (world: World, { client }: Tab) => {
    expect(await world.run(client.signOut())).toBe(true);
  },
};

const combinations = modes.flatMap((mode) => [true, false].map((hasLocks) => ({ mode, hasLocks })));

describe.each(combinations)('grace mode $mode, locks: $hasLocks', (options) => {
  test('a thief has nothing after the next contact of the owner', async () => {
    const scenario = fc.record({
      steps: fc.array(step, { minLength: 2, maxLength: 16 }),
      lastWaitMs: fc.constantFrom(0, 1_500, 9_000, 31_000),
      beforeMs: fc.constantFrom(0, 1_500, 9_000, 12_000),
      key: keyKind,
      contact: fc.constantFrom('call' as const, 'signOut' as const),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ steps, lastWaitMs, beforeMs, key, contact }) => {
        const { world, tabs, thief } = await signedInWorld(options);
        await play(world, tabs, thief, [{ kind: 'steal' }, ...steps]);
        world.heal();
        await world.wait(30_000); // what has begun comes to its end, and every access token too
        await world.wait(lastWaitMs);
        await thief.refresh(key);
        await world.wait(beforeMs);
        await contacts[contact](world, tabs[0]);
        expect(await thief.hasAnything()).toBe(false);
      }),
      { numRuns: runs(25) },
    );
  });

  test('a thief who refreshes 1.5 s before the owner is out when the owner is told', async () => {
    const { world, tabs, thief } = await signedInWorld(options);
    thief.steal();
    await world.wait(25_000);
    await thief.refresh('own');
    await world.wait(1_500);
    await world.run(settled(tabs[0].client.readProfile())); // with the token that is left
    await world.wait(options.hasLocks ? newsMs : graceMs);
    for (const { client, ends } of tabs) {
      expect(client.session).toBeUndefined();
      expect(ends.map(({ cause }) => cause)).toEqual(['refresh_token_reused']);
    }
    expect(await thief.hasAnything()).toBe(false);
  });

  test('signing out of what somebody else refreshed ends that, and the audit log names the theft', async () => {
    for (const isExpired of [false, true]) {
      const { world, tabs, thief } = await signedInWorld(options);
      const server = servers[options.mode];
      thief.steal();
      await world.wait(isExpired ? 31_000 : 5_000);
      await thief.refresh('own');
      const { client } = tabs[0];
      const { userId } = client.session ?? { userId: 0 };
      expect(await world.run(client.signOut())).toBe(true);
      expect(client.endCause).toBe('logged_out');
      expect(await thief.hasAnything()).toBe(false);
      expect(await kindsOf(server, userId)).toContain('token.reused');
      expect(await world.run(client.signOut())).toBe(true);
    }
  });
});

test('where the grace period is long, and it may have been a tab, calls fail until it is over', async () => {
  const pinned = { REFRESH_GRACE_PERIOD: 300 };
  await using server = await startServer({ pinned });
  const { world, tabs, thief } = await signedInWorld({ mode: 'keyed', hasLocks: false }, server);
  const { client, ends } = tabs[0];
  thief.steal();
  await world.wait(31_000);
  await thief.refresh('own');
  const failure = await world.run(client.readProfile().catch((error) => error));
  expect(failure).toMatchObject({ code: 'invalid_refresh_token', retryAfterSeconds: 300 });
  expect(client.session).toBeDefined();
  await world.wait(301_000);
  expect(await world.run(client.readProfile().catch(({ code }) => code))).toBe('not_authenticated');
  expect(ends.map(({ cause }) => cause)).toEqual(['refresh_token_reused']);
  expect(await thief.hasAnything()).toBe(false);
});

test('where it can have been no tab, the server need not wait, and the audit log names the theft', async () => {
  const pinned = { REFRESH_GRACE_PERIOD: 300 };
  await using server = await startServer({ pinned });
  for (const ageMs of [26_000, 31_000]) {
    const { world, tabs, thief } = await signedInWorld({ mode: 'keyed', hasLocks: true }, server);
    const { client, ends } = tabs[0];
    const { userId } = client.session ?? { userId: 0 };
    thief.steal();
    await world.wait(ageMs);
    await thief.refresh('own');
    await world.run(settled(client.readProfile()));
    await world.wait(newsMs);
    expect(ends.map(({ cause }) => cause)).toEqual(['refresh_token_reused']);
    expect(await thief.hasAnything()).toBe(false);
    expect(await kindsOf(server, userId)).toContain('token.reused');
  }
});
