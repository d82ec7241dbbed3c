import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../test/harness.ts';
import { runs } from '../../test/long.ts';
import { LatchkeyError } from '../src/index.ts';
import { createWorld, type Fate, type Tab, type World } from './world.ts';

/** Nobody is signed out by a network that loses answers, by many callers, nor by tabs that come and go. */

let server: TestServer;
let openServer: TestServer;
/** As long as the network may be broken in the model; then a retry is still a retry. */
const graceSeconds = 300;

beforeAll(async () => {
  const pinned = { REFRESH_GRACE_PERIOD: graceSeconds, MAX_SESSIONS_PER_USER: 0 };
  server = await startServer({ pinned });
  openServer = await startServer({ pinned: { ...pinned, REFRESH_GRACE_MODE: 'open' } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await openServer[Symbol.asyncDispose]();
});

/** A world whose tabs are signed in, without the cost of a password. */
async function signedInWorld(
  options: { hasLocks: boolean; lagMs?: number; tabs: number; skewMs?: number },
  ofServer = server,
) {
  const world = createWorld(ofServer, options);
  const { access_token: access, refresh_token: refresh } = await ofServer.signUp();
  world.store({ version: 1, access, refresh, receivedAtMs: 0 });
  const tabs = Array.from({ length: options.tabs }, () => world.openTab(options.skewMs));
  await Promise.all(tabs.map(({ client }) => client.ready()));
  return { world, tabs };
}

type Step =
  | { readonly kind: 'call'; readonly tab: number; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'reload'; readonly tab: number }
  | { readonly kind: 'break'; readonly fates: Fate[] };

const tabCount = 3;
const tab = fc.nat(tabCount - 1);
const fate = fc.constantFrom<Fate>(
  ...(['arrives', 'lost', 'answer lost', 'answer swallowed', 'late', 'proxy error'] as const),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      tab,
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(10, 1_000, 9_000, 23_000, 31_000, 3_600_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reload' as const), tab }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      fates: fc.array(fate, { minLength: 1, maxLength: 4 }),
    }),
  },
);

/** What a call may come to while the network is broken. Never that the user is not signed in. */
const passing = ['done', 'network_error', 'unexpected_answer'];

function call({ client }: Tab): Promise<string> {
  return client.readProfile().then(
    () => 'done',
    (error) => (error instanceof LatchkeyError ? error.code : String(error)),
  );
}

interface Call {
  readonly tab: Tab;
  readonly outcome: Promise<string>;
}

/** Waits for the calls of the tabs that are open. */
async function allEnded(world: World, calls: readonly Call[], tabs: readonly Tab[]) {
  for (const { tab, outcome } of calls) if (tabs.includes(tab)) await world.run(outcome);
}

/** Plays the steps; `tabs` are those that are open in the end. */
async function play(world: World, tabs: Tab[], steps: readonly Step[], skewMs: number) {
  const calls: Call[] = [];
  const callIn = (tab: Tab) => calls.push({ tab, outcome: call(tab) });
  let pendingMs = 0;
  for (const next of steps) {
    const tab = tabs['tab' in next ? next.tab : 0] as Tab;
    if (next.kind === 'break') world.plan(...next.fates);
    if (next.kind === 'call') {
      for (let times = 0; times < next.times; times += 1) callIn(tab);
      await world.wait(1); // the requests go out, and each takes its own time
    }
    if (next.kind === 'reload') {
      tab.kill();
      tabs[next.tab] = world.openTab(skewMs);
    }
    if (next.kind === 'wait') {
      // A call that is under way ends before a long time: in the middle of it, it could begin a refresh and lose its answer.
      if (next.ms > graceSeconds * 1_000) await allEnded(world, calls, tabs);
      // A refresh without its answer is asked for again while the server still repeats it.
      const isPending = world.stored().key !== undefined;
      const ms = isPending ? Math.min(next.ms, 20_000) : next.ms;
      pendingMs = isPending ? pendingMs + ms : 0;
      if (pendingMs > (graceSeconds * 1_000) / 3) world.heal();
      await world.wait(ms);
      if (isPending) callIn(tab);
    }
  }
  return calls;
}

const surroundings = ['keyed', 'open'].flatMap((mode) =>
  [true, false].map((hasLocks) => ({ mode, hasLocks })),
);

describe.each(surroundings)('tabs, locks: $hasLocks, grace mode $mode', (options) => {
  test('stay signed in whatever is lost, late or repeated, and refresh once a lifetime', async () => {
    const scenario = fc.record({
      steps: fc.array(step, { minLength: 1, maxLength: 25 }),
      skewMs: fc.constantFrom(0, -3_600_000, 3_600_000),
      // A tab that takes its turn may not yet see what was written in the turn before.
      lagMs: options.hasLocks ? fc.constantFrom(0, 20) : fc.constant(0),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ steps, skewMs, lagMs }) => {
        const { world, tabs } = await signedInWorld(
          { ...options, tabs: tabCount, skewMs, lagMs },
          options.mode === 'open' ? openServer : server,
        );
        const calls = await play(world, tabs, steps, skewMs);
        world.heal();
        // What has begun before comes to its end first: a new call would share its failure.
        for (const { tab, outcome } of calls) {
          if (tabs.includes(tab)) expect(passing).toContain(await world.run(outcome));
        }
        for (const tab of tabs) expect(await world.run(call(tab))).toBe('done');
        expect(tabs.flatMap(({ ends }) => ends)).toEqual([]);
        const times = world.refreshes();
        const gapsMs = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        expect(gapsMs.filter((ms) => ms < 20_000)).toEqual([]);
      }),
      { numRuns: runs(25) },
    );
  });
});

test('many callers in many tabs cause one refresh', async () => {
  const { world, tabs } = await signedInWorld({ hasLocks: true, tabs: 5 });
  await world.wait(31_000);
  const calls = tabs.flatMap((tab) => Array.from({ length: 20 }, () => call(tab)));
  expect(new Set(await world.run(Promise.all(calls)))).toEqual(new Set(['done']));
  expect(world.refreshes()).toHaveLength(1);
});

test('tabs that see each other too late take over from the faster one, however slow its answer', async () => {
  await using strict = await startServer();
  const { world, tabs } = await signedInWorld({ hasLocks: false, lagMs: 100, tabs: 3 }, strict);
  await world.wait(31_000);
  world.plan('late');
  expect(await world.run(Promise.all(tabs.map(call)))).toEqual(['done', 'done', 'done']);
  expect(world.refreshes()).toHaveLength(1);
  expect(tabs.flatMap(({ ends }) => ends)).toEqual([]);
});

test('a tab that has the turn, and not yet the news of the one before, is not a thief', async () => {
  await using strict = await startServer();
  for (const gapMs of [0, 5, 15]) {
    const { world, tabs } = await signedInWorld({ hasLocks: true, lagMs: 20, tabs: 2 }, strict);
    const [first, second] = tabs as [Tab, Tab];
    expect(await world.run(call(first))).toBe('done');
    await world.wait(27_000); // the access token would still be good to end the session
    expect(await world.run(call(first))).toBe('done');
    await world.wait(gapMs);
    expect(await world.run(call(second))).toBe('done');
    expect(tabs.flatMap(({ ends }) => ends)).toEqual([]);
    expect(world.refreshes()).toHaveLength(2);
  }
});

test('two lost answers are asked for again within the time that the server gives by default', async () => {
  await using strict = await startServer();
  for (const lost of ['answer lost', 'answer swallowed'] as const) {
    const { world, tabs } = await signedInWorld({ hasLocks: true, tabs: 1 }, strict);
    await world.wait(31_000);
    world.plan(lost, lost);
    expect(await world.run(call(tabs[0] as Tab))).toBe('done');
    expect(world.refreshes()).toHaveLength(1);
  }
});

test.each(['answer', 'timeout'] as const)(
  'a tab that was frozen before its %s does not undo what came after it',
  async (first) => {
    const { world, tabs } = await signedInWorld({ hasLocks: false, tabs: 2 });
    const [frozen, other] = tabs as [Tab, Tab];
    await world.wait(31_000);
    world.plan('late');
    const outcome = call(frozen);
    await world.wait(100);
    const thaw = frozen.freeze(first);
    for (let times = 0; times < 2; times += 1) {
      await world.wait(31_000);
      expect(await world.run(call(other))).toBe('done');
    }
    expect(world.refreshes().length).toBeGreaterThan(2);
    thaw();
    expect(await world.run(outcome)).toBe('done');
    await world.wait(31_000);
    expect(await world.run(Promise.all(tabs.map(call)))).toEqual(['done', 'done']);
    expect(tabs.flatMap(({ ends }) => ends)).toEqual([]);
  },
);

test.each(['owner', 'thief'])('a stolen session is told when the %s comes second', async (last) => {
  const { world, tabs } = await signedInWorld({ hasLocks: true, tabs: 2 });
  const elsewhere = createWorld(server, { hasLocks: true });
  elsewhere.store(world.stored());
  const theirs = { world: elsewhere, tab: elsewhere.openTab() };
  const owners = { world, tab: tabs[0] as Tab };
  const [first, second] = last === 'owner' ? [theirs, owners] : [owners, theirs];
  for (let times = 0; times < 2; times += 1) {
    expect(await first.world.run(call(first.tab))).toBe('done');
    await first.world.wait(31_000);
  }
  for (const { world: its, tab } of [second, first])
    expect(await its.run(call(tab))).not.toBe('done');
  await world.wait(100);
  for (const { ends } of tabs) {
    expect(ends.map(({ cause }) => cause)).toEqual(['refresh_token_reused']);
  }
});
