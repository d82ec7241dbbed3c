import { expect, test } from 'vitest';
import { de } from '../../admin/src/i18n/de.ts';
import { en } from '../../admin/src/i18n/en.ts';
import { serverDe } from '../../admin/src/i18n/server-de.ts';
import { endCauseTable, errorTable } from '../../src/errors/index.ts';
import { builtInNames } from '../../src/features/identity/roles/permissions.ts';
import { auditKindNames } from '../../src/features/platform/audit/index.ts';
import { messageKinds } from '../../src/features/platform/mail/index.ts';
import { registry, settingNames } from '../../src/settings/registry.ts';

/** What the server says itself, the admin site says in German; see admin/src/i18n/server-de.ts. */

/** A dot, a hyphen and a space have a meaning in the names of texts. */
const asKeys = (names: Iterable<string>) =>
  Array.from(names, (name) => name.replaceAll(/[. -]/g, '_')).toSorted();
const keysOf = (texts: object) => Object.keys(texts).toSorted();

test('every setting and every permission', () => {
  expect(keysOf(serverDe.setting_texts)).toEqual(asKeys(settingNames));
  expect(keysOf(serverDe.permissions)).toEqual(asKeys(builtInNames));
});

test('every kind of mail, which has a name in English too', () => {
  expect(keysOf(de.mail_kinds)).toEqual(asKeys(messageKinds));
  expect(keysOf(en.mail_kinds)).toEqual(asKeys(messageKinds));
});

test('every kind of audit event, which has a name in English too', () => {
  expect(keysOf(de.audit_kinds)).toEqual(asKeys(auditKindNames));
  expect(keysOf(en.audit_kinds)).toEqual(asKeys(auditKindNames));
});

test('every reason why a session ended, in the list of sessions and at the sign-in', () => {
  const causes = keysOf(endCauseTable);
  const without = (texts: object, prefix: string) =>
    causes.filter((cause) => !(`${prefix}${cause}` in texts));
  expect(without(en.sessions, 'cause_')).toEqual([]);
  // Nobody is signed in to the admin site in the name of somebody else.
  expect(without(en.sign_in, 'ended_')).toEqual(['impersonation_ended']);
});

test('every unit that counts something; those of time and of size are not words', () => {
  const units = settingNames.flatMap((name) => {
    const { unit } = registry[name] as { unit?: string };
    return unit === undefined || unit === 'seconds' || unit === 'KiB' ? [] : [unit];
  });
  expect(keysOf(de.unit_names)).toEqual(asKeys(new Set(units)));
});

test('every error but those that the site itself never makes', () => {
  const said = new Set([...keysOf(serverDe.problem_titles), ...keysOf(de.problem)]);
  expect(keysOf(errorTable).filter((code) => !said.has(code))).toEqual([
    'headers_too_large',
    'invalid_token_header',
    'malformed_request',
    'method_not_allowed',
    'unsupported_media_type',
  ]);
});
