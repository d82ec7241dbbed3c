import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import type { FastifyContextConfig, FastifyInstance, RouteShorthandOptions } from 'fastify';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { declareBody } from '../src/contract/declare-body.ts';
import { createMetrics } from '../src/http/metrics.ts';
import { createEdge } from '../src/http/server.ts';

/** Holds the layout that docs/architecture.md describes against what the source really imports. */

/** The groups of features, and the features of each: a feature imports only those before it. */
const featureGroups = {
  platform: ['nodes', 'audit', 'settings-admin', 'limits', 'keys', 'outbound-http', 'mail'],
  identity: ['users', 'passwords', 'link-tokens', 'notices', 'flows', 'email-changes', 'roles'],
  'sign-in': [
    'sessions',
    'factors',
    'login',
    'mail-sign-in',
    'passkey-sign-in',
    'identities',
    'api-keys',
  ],
  'self-service': [
    'email-verification',
    'registration',
    'invitations',
    'setup',
    'password-reset',
    'not-me',
    'profile',
  ],
  administration: ['user-admin', 'user-import', 'mail-admin', 'overview'],
  oauth: ['clients', 'consents'],
  sites: ['admin-site', 'account-site'],
};
const features = Object.entries(featureGroups).flatMap(([group, names]) =>
  names.map((name) => `features/${group}/${name}`),
);

/** The parts of `src` in the order of their imports: each imports only those before it. */
const belowFeatures = ['errors', 'lib', 'contract', 'db', 'settings', 'http'];

/** What each part of `src` may import, itself aside. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  lib: [],
  contract: ['errors', 'lib'],
  db: ['errors', 'lib'],
  settings: ['errors', 'lib', 'db'],
  http: ['errors', 'lib', 'contract', 'settings'],
  deps: belowFeatures,
  ...Object.fromEntries(
    features.map((name, index) => [name, [...belowFeatures, 'deps', ...features.slice(0, index)]]),
  ),
  app: [...belowFeatures, 'deps', ...features],
  terminal: ['errors', 'lib'],
  config: ['errors', 'lib', 'db', 'settings', 'terminal'],
  workspace: ['errors', 'lib', 'db', 'settings', 'terminal', 'config'],
  server: [...belowFeatures, ...['deps', 'app', 'terminal', 'config', 'workspace'], ...features],
  cli: [
    ...belowFeatures,
    ...['deps', 'app', 'terminal', 'config', 'workspace', 'server'],
    ...features,
  ],
  main: ['cli', 'terminal', 'config', 'server'],
};

const root = new URL('../', import.meta.url);

function filesIn(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => `${folder}/${path}`)
    .sort();
}

const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Import {
  readonly from: string;
  /** A path from the root for what is ours, else the name of a package. */
  readonly to: string;
  readonly isOurs: boolean;
}

/** `import` and `export ... from` statements, dynamic imports, and workers. */
const importPattern =
  /(?:^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?|\bimport\(|\bnew URL\(|\bimport\.meta\.resolve\()\s*['"](\S+?)['"]/gm;

function importsOf(from: string): Import[] {
  return [...read(from).matchAll(importPattern)].map(([, target = '']) => {
    const isOurs = target.startsWith('.');
    const to = isOurs
      ? join(dirname(from), target)
      : target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/');
    return { from, to, isOurs };
  });
}

const sources = filesIn('src').filter((path) => !path.endsWith('.test.ts'));
const imports = sources.flatMap(importsOf);
const ours = imports.filter(({ isOurs, to }) => isOurs && /^src\/.*\.ts$/.test(to));
const packages = imports.filter(({ isOurs, to }) => !isOurs && !to.startsWith('node:'));

/** The part of `src` that a file belongs to. */
function partOf(path: string): string {
  const [, top = '', group = '', feature = ''] = path.split('/');
  if (top === 'features') return `features/${group}/${feature}`;
  return top.replace(/\.ts$/, '');
}

const show = ({ from, to }: Import) => `${from} imports ${to}`;

test('the test sees every import', () => {
  const written = sources.map(
    (path) => read(path).match(/^(?:import|export|\}).*\sfrom\s'/gm) ?? [],
  );
  expect(imports.length).toBeGreaterThanOrEqual(written.flat().length);
  expect(ours.filter(({ to }) => !sources.includes(to)).map(show)).toEqual([]);
  expect(ours.map(show)).toContain(
    'src/features/identity/passwords/passwords.ts imports src/features/identity/passwords/hash-worker.ts',
  );
});

describe('imports', () => {
  test('every part has its place', () => {
    const parts = new Set(sources.map(partOf));
    expect([...parts].filter((part) => !(part in mayImport))).toEqual([]);
  });

  test('go only where the table lets them', () => {
    const wrong = ours.filter(({ from, to }) => {
      const part = partOf(from);
      if (partOf(to) === part) return false;
      return !mayImport[part]?.includes(partOf(to));
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('enter a feature by its front door', () => {
    const wrong = ours.filter(({ from, to }) => {
      const [part, target] = [partOf(from), partOf(to)];
      const isOutside = target.startsWith('features/') && target !== part;
      return isOutside && part.startsWith('features/') && to !== `src/${target}/index.ts`;
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('of a command reach no other command', () => {
    const isCommand = (path: string) => path.startsWith('src/cli/commands/');
    expect(ours.filter(({ from, to }) => isCommand(from) && isCommand(to)).map(show)).toEqual([]);
  });

  test('make no circle', () => {
    const targets = Map.groupBy(ours, ({ from }) => from);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
      } else if (!done.has(path)) {
        for (const { to } of targets.get(path) ?? []) visit(to, [...trail, path]);
        done.add(path);
      }
    };
    for (const path of sources) visit(path, []);
    expect(circles).toEqual([]);
  });

  test('of Kysely stand in db/ and in queries', () => {
    const wrong = packages.filter(
      ({ from, to }) =>
        to === 'kysely' && !from.startsWith('src/db/') && !from.endsWith('.queries.ts'),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('of what starts a session and issues its tokens leave no way past finishSignIn', () => {
    const sessions = 'src/features/sign-in/sessions';
    const start = [`${sessions}/index.ts`, `${sessions}/start-session.ts`];
    const only: Readonly<Record<string, readonly string[]>> = {
      startSession: ['src/features/sign-in/login/finish-sign-in.ts', ...start],
      issueTokens: [
        'src/features/sign-in/login/finish-sign-in.ts',
        ...['index', 'issue-tokens', 'refresh', 'stale-token'].map((x) => `${sessions}/${x}.ts`),
      ],
      insertSession: [`${sessions}/start-session.queries.ts`, `${sessions}/start-session.ts`],
      insertImpersonation: [`${sessions}/impersonation.queries.ts`, `${sessions}/start-session.ts`],
      // Issues no tokens: clients go on with those of the previous system.
      insertImportedSessions: ['imported-tokens.queries', 'imported-tokens'].map(
        (x) => `${sessions}/${x}.ts`,
      ),
      "insertInto\\('sessions'\\)|insert into sessions": [
        ...['impersonation', 'imported-tokens', 'start-session'].map(
          (x) => `${sessions}/${x}.queries.ts`,
        ),
      ],
    };
    for (const [what, files] of Object.entries(only)) {
      const named = new RegExp(`\\b(${what})(?!\\w)`);
      const found = sources.filter((path) =>
        named.test(read(path).replace(/^ *(\*|\/\/).*/gm, '')),
      );
      expect([what, found]).toEqual([what, files.toSorted()]);
    }
  });

  test('of Fastify stand in http/, in routes, in pages and in what starts the server', () => {
    const wrong = packages.filter(
      ({ from, to }) =>
        /^@?fastify\b/.test(to) &&
        !from.startsWith('src/http/') &&
        !/(routes|\.pages)\.ts$/.test(from) &&
        from !== 'src/app.ts',
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('of the client and the admin site stay outside of the server', () => {
    const clients = ['sdk/src', 'admin/src'].flatMap(filesIn).flatMap(importsOf);
    const wrong = clients.filter(({ from, to, isOurs }) =>
      isOurs ? !to.startsWith(`${from.split('/', 1)[0]}/src/`) : to === 'latchkey',
    );
    expect(clients.length).toBeGreaterThan(50);
    expect(wrong.map(show)).toEqual([]);
  });

  test('are of packages that are installed with ours', () => {
    const { dependencies } = JSON.parse(read('package.json'));
    const known = [
      'src/http/api-reference.ts imports @scalar/api-reference', // copied into the built program
      'src/http/types.ts imports @fastify/swagger', // its types alone
    ];
    const wrong = packages.filter(({ to }) => !(to in dependencies)).map(show);
    expect(wrong.filter((text) => !known.includes(text))).toEqual([]);
  });
});

describe('the admin site', () => {
  const ofSite = filesIn('admin/src').flatMap(importsOf);

  test('imports nothing of ours but the client library', () => {
    expect(ofSite.length).toBeGreaterThan(100);
    const wrong = ofSite.filter(({ isOurs, to }) =>
      isOurs ? !to.startsWith('admin/src/') : to.startsWith('node:') || to === 'latchkey',
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('imports only packages that it declares', () => {
    const { devDependencies } = JSON.parse(read('admin/package.json'));
    const wrong = ofSite.filter(({ isOurs, to }) => !isOurs && !(to in devDependencies));
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('files', () => {
  const all = ['src', 'admin/src', 'test', 'tools'].flatMap(filesIn);

  test('have at most 400 lines', () => {
    const lines = all.map((path) => ({ path, lines: read(path).split('\n').length - 1 }));
    expect(lines.filter((file) => file.lines > 400)).toEqual([]);
  });

  test('are named for what they are', () => {
    const name =
      /^[a-z0-9]+(-[a-z0-9]+)*(\.d|\.(admin-)?routes|\.pages|\.queries)?(\.test)?\.tsx?$/;
    expect(all.filter((path) => !name.test(basename(path)))).toEqual([]);
    const vague = /\b(utils?|helpers?|common|shared|misc|services?|managers?)\b/;
    const names = all.map((path) => path.replace('/self-service/', '/'));
    expect(names.filter((path) => vague.test(path))).toEqual([]);
  });

  test('named index.ts are front doors', () => {
    const doors = all.filter((path) => basename(path) === 'index.ts');
    // The list of migrations, and the table of errors, are all that others know of them.
    const others = doors.filter(
      (path) => !['src/db/migrations/index.ts', 'src/errors/index.ts'].includes(path),
    );
    expect(
      others.filter((path) => !/^src\/features\/[\w-]+\/[\w-]+\/index\.ts$/.test(path)),
    ).toEqual([]);
  });
});

describe('a route', () => {
  const edge = () =>
    createEdge({
      metrics: createMetrics(),
      log: pino({ level: 'silent' }),
      sync: () => undefined,
      isInMaintenance: () => false,
      authenticate: () => {
        throw new Error('nobody asks');
      },
      authorization: { isKnown: (name) => name === 'a.b', authorize: () => undefined },
      requireRecentAuth: () => undefined,
      count: () => undefined,
    }).app;
  const handler = () => 'never';

  test.each<[string, (app: FastifyInstance) => unknown]>([
    ['without a config', (app) => app.route({ method: 'GET', url: '/x', handler })],
    ['by a shorthand', (app) => app.get('/x', handler)],
    ['with another config', (app) => app.route({ method: 'GET', url: '/x', config: {}, handler })],
    ['in a plugin', (app) => app.register(async (child) => child.post('/x', handler)).ready()],
  ])('that does not say who may call it stops the start: %s', async (_how, add) => {
    await expect((async () => add(edge()))()).rejects.toThrow(
      /^(GET|POST) \/x does not declare who may call it \(config\.auth\)\.$/,
    );
  });

  test.each([
    [
      { permission: [] },
      'GET /x does not declare which permission it needs (config.auth.permission).',
    ],
    [{ permission: 'b.a' }, 'GET /x asks for b.a, and there is no such permission.'],
    [{ permission: ['a.b', 'c'] }, 'GET /x asks for c, and there is no such permission.'],
  ])('for administrators that asks for no permission stops the start: %j', (config, message) => {
    const add = () =>
      edge().route({
        ...{ method: 'GET', url: '/x', handler },
        config: { auth: { kind: 'admin', ...config } },
      });
    expect(add).toThrow(message);
  });

  test.each<[FastifyContextConfig, string]>([
    [{ auth: { kind: 'public' } }, 'what it counts against (config.limits)'],
    [{ auth: { kind: 'user' }, recentAuth: true }, 'what it counts against (config.limits)'],
    [{ auth: { kind: 'account' }, recentAuth: true }, 'what it counts against (config.limits)'],
    [
      { auth: { kind: 'account' }, limits: ['CHANGES_PER_USER'] },
      'whether it takes recent authentication (config.recentAuth)',
    ],
    [
      { auth: { kind: 'user' }, recentAuth: true, limits: [] },
      'what it counts against (config.limits)',
    ],
    [
      { auth: { kind: 'user' }, limits: ['CHANGES_PER_USER'] },
      'whether it takes recent authentication (config.recentAuth)',
    ],
    [
      { auth: { kind: 'admin', permission: 'a.b' }, limits: ['CHANGES_PER_ADMINISTRATOR'] },
      'whether it takes recent authentication (config.recentAuth)',
    ],
  ])('that changes data and leaves out a rule stops the start: %j', (config, what) => {
    const add = (more: RouteShorthandOptions['config'], method: string) => () =>
      edge().route({ method, url: '/x', config: { ...config, ...more }, handler });
    expect(add({}, 'POST')).toThrow(`POST /x does not declare ${what}.`);
    expect(add({ writes: true }, 'GET')).toThrow(`GET /x does not declare ${what}.`);
    expect(add({ writes: false }, 'POST')).not.toThrow();
  });

  test('with a body that is not declared stops the start', () => {
    const add = (body: object) => () =>
      edge().route({
        ...{ method: 'POST', url: '/x', handler, schema: { body } },
        config: { auth: { kind: 'public' }, writes: false },
      });
    const { schema } = declareBody({});
    expect(add({ ...schema })).toThrow('POST /x does not declare its body');
    expect(add(schema)).not.toThrow();
  });

  test('that says so is served', async () => {
    const app = edge();
    app.route({ method: 'GET', url: '/x', config: { auth: { kind: 'public' } }, handler });
    expect((await app.inject({ url: '/x' })).body).toBe('never');
    await app.close();
  });
});
