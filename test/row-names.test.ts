import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Db } from '../src/db/database.ts';
import { compiledOnce } from '../src/db/prepared.ts';
import type * as activity from '../src/features/administration/overview/activity.queries.ts';
import type * as counts from '../src/features/administration/overview/counts.queries.ts';
import type * as listUsers from '../src/features/administration/user-admin/list-users.queries.ts';
import type * as sessionsAdmin from '../src/features/administration/user-admin/sessions-admin.queries.ts';
import type * as userImport from '../src/features/administration/user-import/user-import.queries.ts';
import type * as flows from '../src/features/identity/flows/flows.queries.ts';
import type * as linkTokens from '../src/features/identity/link-tokens/link-tokens.queries.ts';
import type * as notices from '../src/features/identity/notices/notices.queries.ts';
import type * as administrators from '../src/features/identity/roles/administrators.queries.ts';
import type * as grants from '../src/features/identity/roles/grants.queries.ts';
import type * as roles from '../src/features/identity/roles/roles.queries.ts';
import type * as formerEmails from '../src/features/identity/users/former-emails.queries.ts';
import type * as users from '../src/features/identity/users/users.queries.ts';
import type * as audit from '../src/features/platform/audit/audit.queries.ts';
import type * as chain from '../src/features/platform/audit/chain.queries.ts';
import type * as listEvents from '../src/features/platform/audit/list-events.queries.ts';
import type * as keys from '../src/features/platform/keys/keys.queries.ts';
import type * as rateCounts from '../src/features/platform/limits/rate-counts.queries.ts';
import type * as bounces from '../src/features/platform/mail/bounces/bounces.queries.ts';
import type * as outbox from '../src/features/platform/mail/outbox.queries.ts';
import type * as leases from '../src/features/platform/nodes/leases.queries.ts';
import type * as nodes from '../src/features/platform/nodes/nodes.queries.ts';
import type * as factorLevel from '../src/features/sign-in/factors/factor-level.queries.ts';
import type * as factors from '../src/features/sign-in/factors/factors.queries.ts';
import type * as methods from '../src/features/sign-in/factors/methods.queries.ts';
import type * as challenges from '../src/features/sign-in/factors/passkeys/challenges.queries.ts';
import type * as passkeys from '../src/features/sign-in/factors/passkeys/passkeys.queries.ts';
import type * as rpIds from '../src/features/sign-in/factors/passkeys/rp-ids.queries.ts';
import type * as policy from '../src/features/sign-in/factors/policy/policy.queries.ts';
import type * as recoveryCodes from '../src/features/sign-in/factors/recovery-codes/recovery-codes.queries.ts';
import type * as factorResets from '../src/features/sign-in/factors/resets/factor-resets.queries.ts';
import type * as authenticatorApps from '../src/features/sign-in/factors/totp/authenticator-apps.queries.ts';
import type * as importApps from '../src/features/sign-in/factors/totp/import-apps.queries.ts';
import type * as trustedDevices from '../src/features/sign-in/factors/trusted-devices/trusted-devices.queries.ts';
import type * as requiredSince from '../src/features/sign-in/login/required-since.queries.ts';
import type * as signInFlows from '../src/features/sign-in/login/sign-in-flows.queries.ts';
import type * as browserSessions from '../src/features/sign-in/sessions/browser-sessions.queries.ts';
import type * as confirmSession from '../src/features/sign-in/sessions/confirm-session.queries.ts';
import type * as endSessions from '../src/features/sign-in/sessions/end-sessions.queries.ts';
import type * as findPrincipal from '../src/features/sign-in/sessions/find-principal.queries.ts';
import type * as impersonation from '../src/features/sign-in/sessions/impersonation.queries.ts';
import type * as importedTokens from '../src/features/sign-in/sessions/imported-tokens.queries.ts';
import type * as knownNetworks from '../src/features/sign-in/sessions/known-networks.queries.ts';
import type * as logOut from '../src/features/sign-in/sessions/log-out.queries.ts';
import type * as raiseSession from '../src/features/sign-in/sessions/raise-session.queries.ts';
import type * as removeSessions from '../src/features/sign-in/sessions/remove-sessions.queries.ts';
import type * as rotate from '../src/features/sign-in/sessions/rotate.queries.ts';
import type * as sessions from '../src/features/sign-in/sessions/sessions.queries.ts';
import type * as startSession from '../src/features/sign-in/sessions/start-session.queries.ts';
import type * as sweepSessions from '../src/features/sign-in/sessions/sweep-sessions.queries.ts';
import type * as sessionsTrustedDevices from '../src/features/sign-in/sessions/trusted-devices.queries.ts';
import type * as settings from '../src/settings/settings.queries.ts';

/**
 * Rows have the names of our language: queries alias columns to camelCase, and take values under such names. The
 * snake_case of SQL stays in queries and `db/`. TypeScript holds it, here, of what each query takes and gives.
 */

type Queries =
  | typeof activity
  | typeof counts
  | typeof listUsers
  | typeof sessionsAdmin
  | typeof userImport
  | typeof flows
  | typeof linkTokens
  | typeof notices
  | typeof administrators
  | typeof grants
  | typeof roles
  | typeof formerEmails
  | typeof users
  | typeof audit
  | typeof chain
  | typeof listEvents
  | typeof keys
  | typeof rateCounts
  | typeof bounces
  | typeof outbox
  | typeof leases
  | typeof nodes
  | typeof factorLevel
  | typeof factors
  | typeof methods
  | typeof challenges
  | typeof passkeys
  | typeof rpIds
  | typeof policy
  | typeof recoveryCodes
  | typeof factorResets
  | typeof authenticatorApps
  | typeof importApps
  | typeof trustedDevices
  | typeof requiredSince
  | typeof signInFlows
  | typeof browserSessions
  | typeof confirmSession
  | typeof impersonation
  | typeof importedTokens
  | typeof knownNetworks
  | typeof logOut
  | typeof raiseSession
  | typeof removeSessions
  | typeof rotate
  | typeof endSessions
  | typeof findPrincipal
  | typeof startSession
  | typeof sessions
  | typeof sweepSessions
  | typeof sessionsTrustedDevices
  | typeof settings;

/** The names in snake_case that a value has, or a function takes or gives. */
type SnakeCased<T> = T extends (...given: infer Given) => infer Gives
  ? SnakeCased<Given[number]> | SnakeCased<Gives>
  : T extends PromiseLike<infer Value>
    ? SnakeCased<Value>
    : T extends readonly (infer Item)[]
      ? SnakeCased<Item>
      : T extends object
        ? Extract<keyof T, `${string}_${string}`>
        : never;

type OfEach<Module> = Module extends unknown ? SnakeCased<Module[keyof Module]> : never;

test('queries take and give names in camelCase', () => {
  // An error of the compiler here names the columns that a query takes or gives as the table has them.
  const snakeCased: [OfEach<Queries>] extends [never] ? 'none' : OfEach<Queries> = 'none';
  expect(snakeCased).toBe('none');
});

test('what a prepared query is said to give is what it gives', () => {
  const build = (db: Db) => db.selectFrom('users').select('is_active');
  // @ts-expect-error an alias was forgotten
  compiledOnce<object, { isActive: number }>(build);
  expect(compiledOnce<object, { is_active: number }>(build)).toBeTypeOf('function');
});

test('every file of queries is looked at', () => {
  const files = readdirSync(new URL('../src', import.meta.url), { recursive: true });
  const queries = files.filter((path) => String(path).endsWith('.queries.ts'));
  const imported = readFileSync(new URL(import.meta.url), 'utf8').matchAll(
    /^import type \* as \w+ from '\.\.\/src\/(.+)';$/gm,
  );
  expect(Array.from(imported, ([, path]) => path).sort()).toEqual(queries.sort());
});
