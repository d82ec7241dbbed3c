import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Logger, pino } from 'pino';
import { type App, type AppOptions, buildApp } from '../src/app.ts';
import type { Database } from '../src/db/database.ts';
import type { Deps } from '../src/deps.ts';
import { createHashPool, type HashPool } from '../src/features/identity/passwords/index.ts';
import type { DeliveryTimes } from '../src/features/platform/mail/index.ts';
import type { NodeTimes } from '../src/features/platform/nodes/index.ts';
import type { ExportTimes } from '../src/http/export-stream.ts';
import { createMetrics } from '../src/http/metrics.ts';
import type { EdgeTimes } from '../src/http/server.ts';
import type { Clock } from '../src/lib/clock.ts';
import type { MailDelivery } from '../src/lib/mail-delivery.ts';
import { type RelyingParty, relyingPartyOf } from '../src/lib/relying-party.ts';
import { connectionBacklog } from '../src/server/listen.ts';
import { type SettingValues, settingNames } from '../src/settings/registry.ts';
import { openSettings } from '../src/settings/settings.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { checkAnswer } from './description/check-answer.ts';
import { until } from './eventually.ts';
import { exchange, type RequestBody } from './http-client.ts';

export { createTestDatabase } from './database.ts';
export { temporaryFolder } from './temporary-folder.ts';

/** The real server, on a real port and a real database, with a clock that tests can move. */

export const testSecret = 'a secret for tests that is long enough for HS256';
export const goodPassword = 'correct horse battery';

/** The contract's own rules for a new password: none but those of its field. */
export const anyPassword = {
  PASSWORD_MIN_LENGTH: 1,
  PASSWORD_BLOCKLIST_CHECK: false,
  PASSWORD_SIMILARITY_CHECK: false,
} as const;

export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** So that a token of 30 seconds does not expire while a test waits for a busy machine. */
const clockRate = 1 / 20;

/** When the first server on a database was started: the clocks of all its servers agree, as those of nodes should. */
const startOf = new WeakMap<TestDatabase, number>();

function createTestClock(database: TestDatabase): TestClock {
  const startMs = startOf.get(database) ?? Date.now();
  startOf.set(database, startMs);
  let offsetMs = 0;
  return {
    nowMs: () => Math.floor(startMs + (Date.now() - startMs) * clockRate + offsetMs),
    advance(ms) {
      offsetMs += ms;
    },
  };
}

/**
 * Does to one page of a database file what a failing disk does.
 *
 * @param page from 1; or from -1, the last
 */
export function damagePage(path: string, page: number): void {
  const file = readFileSync(path);
  const bytes = file.readUInt16BE(16); // https://sqlite.org/fileformat.html 1.3.2
  const pages = file.length / bytes;
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(bytes, 0xa5), 0, bytes, (page < 0 ? pages + page : page - 1) * bytes);
  closeSync(fd);
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined if it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  readonly text: string;
}

export interface RequestOptions {
  readonly json?: unknown;
  readonly form?: Record<string, string> | URLSearchParams;
  readonly body?: RequestBody;
  readonly headers?: Record<string, string>;
  /** An access token. */
  readonly token?: string;
}

/** Sends one request, reads the whole answer, and holds it against the API description. */
export async function send(
  origin: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const headers: Record<string, string> = { ...options.headers };
  if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
  let body: RequestBody | undefined = options.body;
  if ('json' in options) {
    headers['content-type'] ??= 'application/json';
    body = JSON.stringify(options.json);
  } else if (options.form) {
    body = new URLSearchParams(options.form);
  }
  const { text, ...response } = await exchange(`${origin}${path}`, method, headers, body);
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  const answer: Answer = {
    ...response,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
    text,
  };
  checkAnswer(method, path, answer);
  return answer;
}

export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  /** The listener of health and metrics. */
  readonly operationsOrigin: string;
  readonly app: App;
  readonly deps: Deps;
  readonly clock: TestClock;
  /** Waits until the server knows of the settings that other processes have committed. */
  catchUp(): Promise<void>;
  /** Opens the server's database once more, as another process would. The caller closes it. */
  openDatabase(): Database;
  send(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Registers a user and signs in. */
  signUp(email?: string, password?: string): Promise<SignedUp>;
  /** Signs up a user who may do what is named, or everything. */
  signUpAdmin(permissions: readonly string[] | 'superuser'): Promise<SignedUp>;
}

export interface SignedUp {
  readonly id: number;
  readonly email: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

export interface TestServerOptions {
  readonly pinned?: Partial<SettingValues>;
  readonly trustedProxies?: readonly string[];
  readonly corsOrigins?: readonly string[];
  readonly corsHeaders?: readonly string[];
  readonly publicUrl?: string;
  /** Whose passkeys they are; undefined: there are none. Without it what the public URL says. */
  readonly relyingParty?: RelyingParty | undefined;
  /** How mail leaves; undefined: not at all. Without it mail is kept in the outbox, as on a developer's machine. */
  readonly mail?: MailDelivery | undefined;
  readonly addedMailTexts?: Deps['addedMailTexts'];
  readonly deliveryTimes?: DeliveryTimes;
  /** Hashes as the defaults make them, in threads of its own. */
  readonly realHashes?: boolean;
  /** Is told what the threads were asked to hash or to check, and what they answered. */
  readonly onHash?: (task: HashTask, answer: HashAnswer) => void;
  /** Threads of the test's own; the caller closes them. */
  readonly hashPool?: HashPool;
  /** One more server on a database that is there already. */
  readonly database?: TestDatabase;
  readonly times?: EdgeTimes;
  readonly exportTimes?: ExportTimes;
  /** Gets the HTTP server before its first route, to add some of the test's own. */
  readonly beforeRoutes?: AppOptions['beforeRoutes'];
  readonly nodeTimes?: NodeTimes;
  readonly log?: Logger;
  /** What access tokens name as `iss` and `aud`. */
  readonly issuer?: string;
  readonly audience?: string;
  readonly breachRangeUrl?: string;
}

/** Below what the settings allow: else the tests of everything but hashing would spend their time on it. */
export const cheapHashes = { memoryCost: 64, timeCost: 1, parallelism: 1 } as const;

/** A test that ends has no client left that asks; `stop.test.ts` takes the real ones. */
export const drainTimes = { quietMs: 0, acceptMs: 0, idleMs: 0, lingerMs: 100, limitMs: 8_000 };

const silent = pino({ level: 'silent' });

/** One for all the servers of a test process: to start a thread takes longer than most tests. */
export const hashPool = createHashPool(
  { metrics: createMetrics(), log: silent },
  availableParallelism(),
);

type HashTask = Parameters<HashPool['run']>[0];
type HashAnswer = Awaited<ReturnType<HashPool['run']>>;

function watchedPool(onHash: TestServerOptions['onHash']): HashPool {
  if (!onHash) return hashPool;
  return {
    ...hashPool,
    async run(task, source, metrics) {
      const answer = await hashPool.run(task, source, metrics);
      onHash(task, answer);
      return answer;
    },
  };
}

const keptMail = { by: 'nobody', from: { name: '', email: 'latchkey@localhost' } } as const;

let signUps = 0;

/** Starts the server. `await using server = await startServer()` stops it again. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const pinned = {
    ...(!options.realHashes && {
      PASSWORD_HASH_MEMORY: cheapHashes.memoryCost,
      PASSWORD_HASH_PASSES: cheapHashes.timeCost,
    }),
    REGISTRATION_MAIL: false, // most tests sign up, and look for the mail that they are about
    ...options.pinned,
  };
  const testDatabase = options.database ?? (await createTestDatabase());
  const database = testDatabase.open();
  const clock = createTestClock(testDatabase);
  const deps: Deps = {
    database,
    settings: await openSettings(database, pinned),
    clock,
    log: options.log ?? silent,
    metrics: createMetrics(),
    trustedProxies: options.trustedProxies ?? [],
    corsOrigins: options.corsOrigins ?? [],
    corsHeaders: options.corsHeaders ?? [],
    publicUrl: options.publicUrl,
    relyingParty:
      'relyingParty' in options ? options.relyingParty : relyingPartyOf(options.publicUrl, {}),
    mailDelivery: 'mail' in options ? options.mail : keptMail,
    addedMailTexts: options.addedMailTexts,
    secretKey: testSecret,
    issuer: options.issuer,
    audience: options.audience,
    breachRangeUrl: options.breachRangeUrl ?? 'http://127.0.0.1:9/range/', // where nobody listens
  };
  const app = await buildApp(deps, {
    times: options.times,
    exportTimes: options.exportTimes,
    deliveryTimes: options.deliveryTimes,
    drainTimes,
    ...(options.beforeRoutes && { beforeRoutes: options.beforeRoutes }),
    nodeTimes: options.nodeTimes,
    hashPool: options.hashPool ?? (options.realHashes ? undefined : watchedPool(options.onHash)),
  });
  const origin = await app.http.listen({
    host: '127.0.0.1',
    port: 0,
    backlog: connectionBacklog,
  });
  const operationsOrigin = await app.operations.listen({ host: '127.0.0.1', port: 0 });
  const sendHere: TestServer['send'] = (method, path, request) =>
    send(origin, method, path, request);
  const signUp: TestServer['signUp'] = async (email, password = goodPassword) => {
    signUps += 1;
    const credentials = { email: email ?? `signed-up-${signUps}@example.com`, password };
    const registered = await sendHere('POST', '/api/register/', { json: credentials });
    const loggedIn = await sendHere('POST', '/api/login/', { json: credentials });
    if (registered.status !== 201 || loggedIn.status !== 200) {
      throw new Error(`Could not sign up: ${registered.text} ${loggedIn.text}`);
    }
    return { id: registered.body.id, email: credentials.email, ...loggedIn.body };
  };
  return {
    origin,
    operationsOrigin,
    app,
    deps,
    clock,
    openDatabase: () => testDatabase.open(),
    async catchUp() {
      if (database.engine === 'sqlite') return; // it does at the next request
      const stored = await openSettings(database, pinned);
      await until(async () => {
        await deps.settings.sync();
        return settingNames.every((name) => deps.settings.get(name) === stored.get(name));
      });
    },
    send: sendHere,
    signUp,
    async signUpAdmin(permissions) {
      const user = await signUp();
      const { db } = database;
      if (permissions === 'superuser') {
        await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', user.id).execute();
      } else if (permissions.length > 0) {
        const rows = permissions.map((permission) => ({ user_id: user.id, permission }));
        await db.insertInto('user_permissions').values(rows).execute();
      }
      return user;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await database.close();
      if (!options.database) await testDatabase[Symbol.asyncDispose]();
    },
  };
}
