import { globSync, readFileSync } from 'node:fs';

/**
 * Which tests run where: on SQLite, on PostgreSQL, in a browser; in `npm test`, or after it in `npm run test:long`.
 * `parts.test.ts` holds that each is in one of them.
 */

export const allTests = globSync('{src,test,sdk}/**/*.test.ts', { exclude: ['**/node_modules'] });

/** They share one browser. */
const inBrowser = globSync([
  '{test/browser,test/journeys,sdk/test/browser}/**/*.test.ts',
  'test/docs/tutorial.test.ts',
]);

const onPostgresAlone = globSync('{src/db/postgres,test/postgres}/**/*.test.ts');

/** What starts a server of the harness, or makes a database of it, runs on both engines. */
const onBothEngines = thatSay(
  /(startServer|startContractServer|createTestDatabase|openLog)\(/,
  globSync(
    '{src/features,src/http,test/{admin,contract,doors,generated-requests,races}}/**/*.test.ts',
  ),
);

/** What is repeated more often in `test:long`. */
const repeated = thatSay(/\/long\.ts'/, allTests);

/**
 * On PostgreSQL only in `test:long`: they are about texts, pages, and what is refused before a query, or walk
 * through the whole product. The SQL behind them has tests beside it, which `npm test` runs on both. And what takes a
 * PostgreSQL of its own, or starts and moves servers.
 */
const laterOnPostgres = globSync([
  'src/features/sites/**/*.test.ts',
  'src/features/identity/flows/flow-sequences.test.ts',
  'src/features/sign-in/factors/passkeys/parsers.test.ts',
  'src/features/sign-in/login/login-load.test.ts',
  'src/http/!(export-stream).test.ts',
  'test/{admin,doors,generated-requests}/**/*.test.ts',
  'test/contract/!(login|profile|refresh-and-logout|registration).test.ts',
  'test/postgres/{lost-database,move,move-live,prerequisites,workers}.test.ts',
]);

/**
 * Only in `test:long`: what starts the program many times, disturbs it or reads its output, follows a guide from its
 * beginning to its end, or sends whatever there is. All of it together takes longer than the rest.
 */
const laterOnSqlite = globSync([
  'test/{bench,logs,metrics-listener,package,parity,stop,stop-races,welcome}.test.ts',
  'test/{chaos,generated-requests}/**/*.test.ts',
  'test/cli/{audit,backup-restore,faults,move,secret}.test.ts',
  'test/crash/audit-log.test.ts',
  'test/docs/{client-library,mail-guides,protect-your-api,replace-django}.test.ts',
  'test/doors/!(doors).test.ts',
  'test/faults/{full-disk,locked-database,start}.test.ts',
  'sdk/test/consumers.test.ts',
]);

/** They look at every page and every state once more, or at what happens beside the main road. */
const laterInBrowser = globSync([
  'test/browser/base-path.test.ts',
  'test/journeys/{accessibility,admin-enrolment,emails,long-texts,mailed-links,mailed-pages}.test.ts',
  'test/journeys/{second-factors,server-away,storage,two-administrators,typed-text,words}.test.ts',
]);

/**
 * Left out of `npm run test:quick`: what starts processes, and what takes seconds by itself. Of the tests of the
 * contract it takes the line tables.
 */
const notQuick = [
  ...thatSay(/\b(server-process|command-line|child_process)\b/, allTests),
  ...globSync([
    'test/{admin,chaos,crash,doors,faults,generated-requests,proxies,races}/**/*.test.ts',
    'sdk/test/**/*.test.ts',
    'src/features/identity/flows/flow-sequences.test.ts',
    'src/features/identity/passwords/{password-hashes,hash-forms}.test.ts',
    'src/features/sign-in/login/login-{load,limits}.test.ts',
    'src/features/sign-in/factors/passkeys/parsers.test.ts',
    'src/features/sign-in/sessions/{refresh-model,refresh,session-origin,known-devices}.test.ts',
    'src/http/{export-stream,operations}.test.ts',
    'src/lib/text.test.ts',
    'src/db/sqlite/backup.test.ts',
    'src/features/administration/user-admin/{export-users,impersonation}.test.ts',
    'src/features/platform/{keys/keys,mail/mail,mail/mail-limits}.test.ts',
    'src/features/self-service/password-reset/{password-reset,reset-with-factor}.test.ts',
    'src/features/self-service/profile/{email-change,former-emails,undo-email-change}.test.ts',
    'src/features/self-service/registration/verified-registration.test.ts',
    'src/features/sign-in/factors/policy/policy.test.ts',
    'src/features/sign-in/login/{second-factor,verified-email}.test.ts',
    'src/features/sign-in/mail-sign-in/mail-sign-in.test.ts',
    'test/contract/!(lines-*).test.ts',
    'test/route-limits.test.ts',
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
  postgres: without(all.postgres, laterOnPostgres),
  browser: without(all.browser, laterInBrowser),
};

const later = [...laterOnPostgres, ...repeated];

/** By the mode that vitest is called with. */
export const parts = {
  all,
  main,
  quick: { sqlite: without(all.sqlite, notQuick), postgres: [], browser: [] },
  long: {
    sqlite: both(all.sqlite, [...laterOnSqlite, ...repeated]),
    postgres: both(all.postgres, later),
    browser: laterInBrowser,
  },
} satisfies Record<string, Part>;

export function without(files: readonly string[], others: readonly string[]): string[] {
  return files.filter((file) => !others.includes(file));
}

function both(files: readonly string[], others: readonly string[]): string[] {
  return files.filter((file) => others.includes(file));
}

function thatSay(words: RegExp, files: readonly string[]): string[] {
  return files.filter((file) => words.test(readFileSync(file, 'utf8')));
}
