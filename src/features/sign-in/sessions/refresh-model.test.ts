import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, startServer, type TestServer } from '../../../../test/harness.ts';
import { runs } from '../../../../test/long.ts';
import { noNotices } from '../../identity/notices/index.ts';
import { createAuthority } from '../../identity/roles/index.ts';
import { findPasswordHash } from '../../identity/users/index.ts';
import { createSigningKeys } from '../../platform/keys/index.ts';
import { finishSignIn } from '../login/index.ts';
import type { FactorPolicy } from './factor-policy.ts';
import { createSessions } from './sessions.ts';

/**
 * The rules of refresh tokens as a simple model, and the real server held against it: in random
 * sequences of requests, and with random requests at once.
 */

let server: TestServer;
let user: { userId: number; passwordHash: string };

beforeAll(async () => {
  // Ended sessions are kept: the model does not know of the sweeper, and the clock moves by months.
  const pinned = { MAX_SESSIONS_PER_USER: 0, ENDED_SESSION_RETENTION: 3_650 * 86_400 };
  server = await startServer({ pinned });
  const { id } = await server.signUp();
  user = { userId: id, passwordHash: (await findPasswordHash(server.deps.database.db, id)) ?? '' };
});
afterAll(() => server[Symbol.asyncDispose]());

/** Without the cost of a password hash. */
async function startSession(): Promise<string> {
  const keys = createSigningKeys({ ...server.deps, secretKeys: [server.deps.secretKey] });
  const authority = createAuthority(server.deps.database);
  const factorPolicy: FactorPolicy = {
    highestLevel: () => 1,
    dueLevel: async () => 1,
    usableLevel: ({ factorLevel }) => factorLevel,
  };
  const sessions = createSessions({ ...server.deps, keys, authority, factorPolicy });
  const proof = { kind: 'password', ...user } as const;
  const origin = { ip: null, device: null };
  const outcome = await finishSignIn(
    { ...server.deps, sessions, notices: noNotices },
    proof,
    origin,
  );
  if (outcome.kind !== 'signed_in') throw new Error('The user is not active.');
  return outcome.tokens.refresh_token;
}

function refresh(token: string, key: string | undefined): Promise<Answer> {
  return server.send('POST', '/api/refresh/', {
    json: { refresh_token: token },
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
}

const graceMs = 10_000;
const lifetimeMs = 30 * 86_400_000;

/** The state that the server should have of one session, in the plainest way. */
interface Model {
  /** Every token that was handed out, in order; the last is the current one. */
  readonly tokens: string[];
  lastKey: string | undefined;
  refreshedAtMs: number;
  endCause: string | undefined;
}

type Outcome = { readonly status: 200; readonly isNew: boolean } | { readonly code: string };

/** The outcome of a refresh by the words of the rules. */
function expectedRefresh(
  model: Model,
  index: number,
  key: string | undefined,
  nowMs: number,
): Outcome {
  if (model.endCause) return { code: model.endCause };
  if (nowMs - model.refreshedAtMs >= lifetimeMs) return { code: 'session_expired' };
  const current = model.tokens.length - 1;
  if (index === current) return { status: 200, isNew: true };
  const isRetry = index === current - 1 && nowMs - model.refreshedAtMs < graceMs;
  if (!isRetry) return { code: 'refresh_token_reused' };
  const isRepeat = key !== undefined && key === model.lastKey;
  return isRepeat ? { status: 200, isNew: false } : { code: 'invalid_refresh_token' };
}

type Step =
  | { readonly kind: 'refresh'; readonly back: number; readonly key: string | undefined }
  | { readonly kind: 'logout'; readonly back: number }
  | { readonly kind: 'wait'; readonly ms: number };

const keys = fc.constantFrom(undefined, 'a', 'b');
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('refresh'), back: fc.nat(2), key: keys }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('logout'), back: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait'),
      // Two of the second stay clear of the grace's end: real time passes too, and not for both alike.
      ms: fc.constantFrom(100, graceMs / 2 - 500, graceMs + 1, lifetimeMs + 1),
    }),
  },
) as fc.Arbitrary<Step>;

async function runRefresh(model: Model, back: number, key: string | undefined): Promise<void> {
  const index = Math.max(model.tokens.length - 1 - back, 0);
  const nowMs = server.clock.nowMs();
  const expected = expectedRefresh(model, index, key, nowMs);
  const answer = await refresh(model.tokens[index] as string, key);
  if ('code' in expected) {
    expect(answer.body).toMatchObject({ error: 'Invalid refresh token', code: expected.code });
    if (expected.code === 'refresh_token_reused') model.endCause = expected.code;
    return;
  }
  expect(answer.status).toBe(200);
  if (!expected.isNew) {
    expect(answer.body.refresh_token).toBe(model.tokens.at(-1));
    return;
  }
  expect(model.tokens).not.toContain(answer.body.refresh_token);
  model.tokens.push(answer.body.refresh_token);
  model.lastKey = key;
  model.refreshedAtMs = nowMs;
}

async function runLogout(model: Model, back: number): Promise<void> {
  const index = Math.max(model.tokens.length - 1 - back, 0);
  const expected = expectedRefresh(model, index, undefined, server.clock.nowMs());
  const answer = await server.send('POST', '/api/logout/', {
    json: { refresh_token: model.tokens[index] },
  });
  if ('status' in expected) {
    expect(answer.status).toBe(200);
    model.endCause = 'logged_out';
    return;
  }
  expect(answer.body).toMatchObject({ error: 'Invalid refresh token', code: expected.code });
  if (expected.code === 'refresh_token_reused') model.endCause = expected.code;
}

test('any sequence of refreshes, retries, thefts, logouts and waits goes by the rules', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 25 }), async (sequence) => {
      const model: Model = {
        tokens: [await startSession()],
        lastKey: undefined,
        refreshedAtMs: server.clock.nowMs(),
        endCause: undefined,
      };
      for (const step of sequence) {
        if (step.kind === 'refresh') await runRefresh(model, step.back, step.key);
        else if (step.kind === 'logout') await runLogout(model, step.back);
        else server.clock.advance(step.ms);
      }
    }),
    { numRuns: runs(60) },
  );
});

test('whatever comes at once, there is never more than one live branch', async () => {
  const calls = fc.record({ back: fc.nat(2), key: keys });
  await fc.assert(
    fc.asyncProperty(fc.array(calls, { minLength: 2, maxLength: 24 }), async (atOnce) => {
      const tokens = [await startSession()];
      for (const key of ['x', 'y']) {
        tokens.push((await refresh(tokens.at(-1) as string, key)).body.refresh_token);
      }
      const answers = await Promise.all(
        atOnce.map(({ back, key }) => refresh(tokens[2 - back] as string, key)),
      );
      const handedOut = new Set(
        answers.filter(({ status }) => status === 200).map(({ body }) => body.refresh_token),
      );
      handedOut.delete(tokens[2]); // a retry of the step before is the same token again
      expect(handedOut.size).toBeLessThanOrEqual(1);
      if (atOnce.some(({ back }) => back === 2)) {
        // The oldest is theft, whatever it raced with: nothing of the session is usable afterwards.
        for (const token of [...tokens, ...handedOut]) {
          expect((await refresh(token, undefined)).body.code).toBe('refresh_token_reused');
        }
      }
    }),
    { numRuns: runs(60) },
  );
});
