import { globSync, readFileSync } from 'node:fs';

/**
 * Which tests run where: on SQLite, on PostgreSQL, in a browser; in `npm test`, or after it in `npm run test:long`.
 * `parts.test.ts` holds that each is in one of them.
 */

export const allTests = globSync('{src,test,sdk}/**/*.test.ts', { exclude: ['**/node_modules'] });

/** They share one browser. */
const inBrowser = testsOf([
  '{test/browser,test/journeys,sdk/test/browser}/**/*.test.ts',
  'test/docs/tutorial.test.ts',
]);

const onPostgresAlone = testsOf('{src/db/postgres,test/postgres}/**/*.test.ts');

/** What starts a server of the harness, or makes a database of it, runs on both engines. */
const onBothEngines = thatSay(
  /(startServer|startContractServer|createTestDatabase|openLog)\(/,
  testsOf(
    '{src/features,src/http,test/admin,test/contract,test/doors,test/generated-requests,test/races}/**/*.test.ts',
  ),
);

/** What is repeated more often in `test:long`. */
const repeated = thatSay(/\/long\.ts'/, allTests);

/**
 * On PostgreSQL in `npm test`: what the engine decides. These are races, sessions and their sweep, the audit log, limits,
 * lists, and several nodes; and the contract. The others run on it in `test:long`.
 */
const soonerOnPostgres = testsOf([
  'src/db/postgres/**/*.test.ts',
  'test/postgres/!(lost-database|move|move-live|prerequisites|workers).test.ts',
  'test/races/**/*.test.ts',
  'test/contract/{login,profile,refresh-and-logout,registration}.test.ts',
  'src/features/administration/user-admin/{bulk,list-users}.test.ts',
  'src/features/identity/{link-tokens/link-tokens,roles/granting}.test.ts',
  'src/features/platform/{limits/*,audit/!(failures|follow-events|kinds)}.test.ts',
  'src/features/platform/mail/outage.test.ts',
  'src/features/sign-in/factors/factor-races.test.ts',
  'src/features/sign-in/sessions/{lost-sessions,many-sessions,refresh,session-end,sweep-sessions}.test.ts',
]);

/**
 * Only in `test:long`: what starts the program many times, disturbs it, loads it or reads its output, follows a guide
 * from its beginning to its end, and what goes through a table of the whole product or through generated input. All of it
 * together takes longer than the rest.
 */
const laterOnSqlite = testsOf([
  'test/{bench,logs,metrics-listener,migrations,openapi,package,parity,stop,stop-races}.test.ts',
  'test/{route-limits,welcome}.test.ts',
  'test/{admin,chaos,crash,doors,failures,generated-requests,proxies}/**/*.test.ts',
  'test/cli/{audit,backup-restore,doctor,failures,move,secret}.test.ts',
  'test/contract/{access-tokens,bodies-and-headers,methods-and-paths,properties}.test.ts',
  'test/docs/{client-library,guides,protect-your-api,replace-django}.test.ts',
  'sdk/test/{consumers,session-model,thief-model}.test.ts',
  'src/features/administration/user-admin/export-users.test.ts',
  'src/features/identity/{flows/flow-sequences,passwords/password-hashes}.test.ts',
  'src/features/platform/mail/{mail-limits,site-name}.test.ts',
  'src/features/sign-in/factors/passkeys/parsers.test.ts',
  'src/features/sign-in/login/{login-load,other-domain}.test.ts',
  'src/features/sign-in/sessions/session-origin.test.ts',
  'src/features/sites/account-site/{first-passwords,return-to}.test.ts',
  'src/db/sqlite/backup.test.ts',
  'src/http/{export-stream,operations,parse-body,problem-pages,strict-parameters}.test.ts',
  'src/lib/{csv,idna,json-elements,text}.test.ts',
]);

/** In `npm test`: what a user and an administrator do first. The other journeys are in `test:long`. */
const soonerInBrowser = testsOf('test/journeys/{account,administrator}.test.ts');

/**
 * Left out of `npm run test:quick`: what starts processes, the groups of features that stand on the others (their
 * tests start the most servers), and what takes more than a second. If you work on one of them, run its folder as well.
 */
const notQuick = [
  ...laterOnSqlite,
  ...thatSay(/\b(server-process|server-here|command-line|child_process)\b/, allTests),
  ...testsOf([
    'src/features/{self-service,sites}/**/*.test.ts',
    'src/features/administration/**/*.test.ts',
    'src/features/sign-in/{factors,mail-sign-in,passkey-sign-in}/**/*.test.ts',
    'src/features/sign-in/login/!(enrolment|login).test.ts',
    'src/features/sign-in/sessions/{known-devices,own-sessions,refresh-model,secret-rotation,sweep-sessions}.test.ts',
    'src/features/identity/passwords/{blocklist,breach-check,hash-forms}.test.ts',
    'src/features/platform/{keys,limits,mail}/**/*.test.ts',
    'src/db/sqlite/restore.test.ts',
    'src/http/cors.test.ts',
    'test/races/**/*.test.ts',
    'test/contract/!(lines-*).test.ts',
    'sdk/test/**/*.test.ts',
  ]),
];

export interface Part {
  readonly sqlite: readonly string[];
  readonly postgres: readonly string[];
  readonly browser: readonly string[];
}

const all: Part = {
  sqlite: without(allTests, [...inBrowser, ...onPostgresAlone]),
  postgres: [...onBothEngines, ...onPostgresAlone],
  browser: inBrowser,
};

/** `npm test`. */
const main: Part = {
  sqlite: without(all.sqlite, laterOnSqlite),
  postgres: both(all.postgres, soonerOnPostgres),
  browser: soonerInBrowser,
};

/** By the mode that vitest is called with. */
export const parts = {
  all,
  main,
  quick: { sqlite: without(all.sqlite, notQuick), postgres: [], browser: [] },
  long: {
    sqlite: both(all.sqlite, [...laterOnSqlite, ...repeated]),
    postgres: [...without(all.postgres, main.postgres), ...both(main.postgres, repeated)],
    browser: without(all.browser, main.browser),
  },
} satisfies Record<string, Part>;

export function without(files: readonly string[], others: readonly string[]): string[] {
  return files.filter((file) => !others.includes(file));
}

function both(files: readonly string[], others: readonly string[]): string[] {
  return files.filter((file) => others.includes(file));
}

/**
 * The tests of a pattern or of several.
 *
 * @throws Error if a pattern matches no file, or excludes one that is not there, as after a renaming: its tests would be in
 *   another part
 */
export function testsOf(patterns: string | readonly string[]): string[] {
  return [patterns].flat().flatMap((pattern) =>
    alternatives(pattern).flatMap((each) => {
      const [exclusion = '', names = ''] = /!\(([^)]*)\)/.exec(each) ?? [];
      if (exclusion) for (const name of names.split('|')) found(each.replace(exclusion, name));
      return found(each);
    }),
  );
}

function found(pattern: string): string[] {
  const files = globSync(pattern);
  if (files.length > 0) return files;
  throw new Error(`There is no such test: ${pattern}.`);
}

/** A pattern without braces for each choice that they give. */
function alternatives(pattern: string): string[] {
  const braces = /^(.*?)\{([^}]*)\}(.*)$/.exec(pattern);
  if (!braces) return [pattern];
  const [, before = '', choices = '', after = ''] = braces;
  return choices.split(',').flatMap((choice) => alternatives(`${before}${choice}${after}`));
}

function thatSay(words: RegExp, files: readonly string[]): string[] {
  return files.filter((file) => words.test(readFileSync(file, 'utf8')));
}
