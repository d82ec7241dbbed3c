import { afterAll, expect, test } from 'vitest';
import { createTestDatabase, startServer, type TestServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { createMailTexts, findMail, readMail } from '../../platform/mail/index.ts';

/** What mails say in the words of an operator. */

const french = {
  'password_reset.subject': 'Nouveau mot de passe pour {site}',
  'invitation.heading': 'Bienvenue',
};
const database = await createTestDatabase();
const server = await startServer({ database, addedMailTexts: { fr: french } });
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
const admin = await server.signUpAdmin(['settings.view', 'settings.change', 'mail.send']);

const ask = (method: string, path: string, json?: unknown, on: TestServer = server) =>
  on.send(method, `/api/admin/${path}`, {
    token: admin.access_token,
    ...(json !== undefined && { json }),
  });
const texts = (path: string) => `mail-texts/${path}/`;

/** The newest mail to an email, as it would be sent now. */
async function mailNow(email: string) {
  const { id } = await mailTo(server, email);
  const row = await findMail(server.deps.database.db, id);
  if (!row) throw new Error('There is no mail.');
  const all = createMailTexts(server.deps.settings.texts, { fr: french });
  return readMail(row, {
    ...{ settings: server.deps.settings, secretKeys: [server.deps.secretKey], texts: all },
  });
}

async function mailIn(language: string) {
  const { email } = await server.signUp();
  const headers = { 'accept-language': language };
  await server.send('POST', '/api/password-reset/', { json: { email }, headers });
  return mailNow(email);
}

test('the texts of a language are listed with all that an editor needs', async () => {
  const { body } = await ask('GET', texts('de'));
  expect(body.languages).toEqual(['en', 'de', 'fr']);
  const find = (name: string) => body.items.find((item: { name: string }) => item.name === name);
  expect(find('password_reset.subject')).toEqual({
    ...{ name: 'password_reset.subject', locale: 'de', version: 0, problem: null },
    ...{ text: 'Passwort zurücksetzen bei {site}', source: 'built-in', text_locale: 'de' },
    default_text: 'Passwort zurücksetzen bei {site}',
    ...{ kinds: ['password_reset'], placeholders: ['site'], required_placeholders: [] },
  });
  expect(find('lifetime')).toMatchObject({ required_placeholders: ['count', 'unit'] });
  const inFrench = (await ask('GET', texts('fr'))).body.items;
  const [subject] = inFrench;
  expect(subject).toMatchObject({ source: 'file', text_locale: 'fr' });
  expect(inFrench[1]).toMatchObject({ source: 'built-in', text_locale: 'en' });
  for (const path of ['nl', 'en/no.such', 'nl/lifetime']) {
    expect(await ask('GET', texts(path))).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  }
});

test('a text is replaced for the next mail, is in history and audit log, and is taken back', async () => {
  const path = texts('de/password_reset.heading');
  const value = 'Neues Passwort für {site}';
  const changed = await ask('PUT', path, { value, reason: 'our words', expected_version: 0 });
  expect(changed).toMatchObject({ status: 200, body: { text: value, source: 'setting' } });
  const { version } = changed.body;
  expect((await mailIn('de')).text).toMatch(/^NEUES PASSWORT FÜR LOCALHOST\n/);
  expect((await mailIn('en')).text).toMatch(/^RESET YOUR PASSWORD\n/);
  // On another node too.
  await using other = await startServer({ database });
  await other.catchUp();
  expect((await ask('GET', path, undefined, other)).body.text).toBe(value);

  const late = await ask('PUT', path, { value: 'Spät', expected_version: 0 });
  expect(late).toMatchObject({ status: 409, body: { current: { text: value, version } } });
  const second = await ask('PUT', path, { value: 'Etwas anderes' });
  const undo = `${path}changes/${second.body.version}/rollback/`;
  expect((await ask('POST', undo, {})).body.text).toBe(value);
  const foreign = texts('de/password_reset.text');
  expect((await ask('POST', `${foreign}changes/${version}/rollback/`, {})).status).toBe(404);
  const reset = await ask('DELETE', path, {});
  expect(reset.body).toMatchObject({ text: 'Passwort zurücksetzen', source: 'built-in' });

  const name = 'MAIL_TEXT:de:password_reset.heading';
  const history = await ask('GET', `setting-changes/?name=${name}`);
  expect(history.body.items.map(({ to }: { to: string | null }) => to)).toEqual([
    ...[null, value, 'Etwas anderes', value],
  ]);
  const events = await server.deps.database.db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'setting.changed')
    .orderBy('id')
    .execute();
  expect(JSON.parse(events[0]?.details ?? '')).toEqual({
    ...{ name, from: null, to: value, reason: 'our words', change_id: version },
  });
});

test.each([
  ['password_reset.text', ' ', 'It is empty.'],
  ['password_reset.text', 'x'.repeat(1_001), 'It has 1001 characters; 1000 are possible.'],
  ['password_reset.subject', 'x'.repeat(151), 'It has 151 characters; 150 are possible.'],
  ['password_reset.subject', 'a\nb', 'It has a line break'],
  ['password_reset.text', 'Hello {name}', 'It has {name}, which there is not; possible: {site}.'],
  ['password_reset.text', 'Hello {', 'not a valid ICU message: expect argument closing brace'],
  ['lifetime', 'It works for {count} minutes.', 'It lacks {unit}.'],
  ['lifetime', '{count, plural, one {a {unit}}}', 'missing other clause'],
  ['password_reset.text', 'On {site, date, short}', 'not a valid ICU message'],
  ['password_reset.text', '{site, select, other {}}', 'It is empty once it is filled in.'],
])('of %s %j is refused', async (name, value, message) => {
  const answer = await ask('PUT', texts(`en/${name}`), { value });
  expect(answer.status).toBe(400);
  expect(answer.body.value ?? answer.body.detail).toEqual([expect.stringContaining(message)]);
});

test('a text has no markup, by any author', async () => {
  const path = texts('en/password_reset.warning');
  const value = '<b>Careful</b> & <script>alert(1)</script>';
  expect((await ask('PUT', path, { value })).status).toBe(200);
  const { html, text } = await mailIn('en');
  expect(text).toContain(value);
  expect(html).not.toContain('<script>');
  expect(html).toContain('&lt;b&gt;Careful&lt;/b&gt;');
  await ask('DELETE', path, {});
});

test('a language that a file adds is spoken, and what it lacks is in English', async () => {
  const mail = await mailIn('fr-CA, de;q=0.5');
  expect(mail.locale).toBe('fr');
  expect(mail.subject).toBe('Nouveau mot de passe pour localhost');
  expect(mail.text).toContain('Somebody asked to reset the password');
  expect(mail.html).toContain('<html lang="fr">');
});

test('a stored text that is of no use stands in the way of no mail, and is named', async () => {
  const { db } = server.deps.database;
  const name = 'MAIL_TEXT:en:password_reset.heading';
  await ask('PUT', texts('en/password_reset.heading'), { value: 'Good' });
  const broken = JSON.stringify('{gone');
  await db.updateTable('settings').set({ value: broken }).where('name', '=', name).execute();
  await ask('PUT', texts('en/invitation.button'), { value: 'Go' }); // so that it is read again
  await server.catchUp();
  const { body } = await ask('GET', texts('en/password_reset.heading'));
  expect(body.problem).toContain('not a valid ICU message');
  expect((await mailIn('en')).text).toMatch(/^RESET YOUR PASSWORD\n/);
  await ask('DELETE', texts('en/password_reset.heading'), {});
});

test('a mail is previewed with texts that are not stored', async () => {
  const preview = (json: object) => ask('POST', 'mail-texts/preview/', json);
  const drafts = { 'password_reset.heading': 'A draft' };
  const shown = await preview({ kind: 'password_reset', locale: 'en', texts: drafts });
  expect(shown.body.subject).toMatch(/^Reset your password at 127\.0\.0\.1:\d+$/);
  expect(shown.body.text).toMatch(/^A DRAFT\n/);
  expect(shown.body.html).toContain('<h1');
  expect((await preview({ kind: 'password_reset', locale: 'en' })).body.text).not.toContain(
    'DRAFT',
  );
  const bad = [
    [{ kind: 'nothing', locale: 'en' }, 400, 'invalid_fields'],
    [{ kind: 'invitation' }, 400, 'invalid_fields'],
    [{ kind: 'invitation', locale: 'nl' }, 404, 'not_found'],
    [{ kind: 'invitation', locale: 'en', texts: { x: 'y' } }, 400, 'invalid_fields'],
    [{ kind: 'invitation', locale: 'en', texts: { lifetime: '{' } }, 400, 'invalid_fields'],
  ] as const;
  for (const [json, status, code] of bad) {
    expect(await preview(json)).toMatchObject({ status, body: { code } });
  }
});

test('a test mail goes to the administrator who asks, and counts', async () => {
  const send = () => ask('POST', 'mail-texts/test/', { kind: 'password_reset', locale: 'de' });
  const sent = await send();
  expect([sent.status, sent.body]).toEqual([202, { email: admin.email }]);
  const { code, locale, subject } = await mailTo(server, admin.email);
  expect([code, locale, subject]).toEqual(['123456', 'de', 'Passwort zurücksetzen bei localhost']);
  const event = await server.deps.database.db
    .selectFrom('audit_events')
    .select(['actor_id', 'user_id', 'details'])
    .where('kind', '=', 'mail.tested')
    .executeTakeFirstOrThrow();
  expect(event).toMatchObject({ actor_id: admin.id, user_id: admin.id });
  expect(JSON.parse(event.details)).toEqual({ kind: 'password_reset', locale: 'de' });
  const statuses = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await send()).status);
  expect(statuses).toEqual([202, 202, 202, 202, 429]);
  await using none = await startServer({ database, mail: undefined });
  const json = { kind: 'password_reset', locale: 'de' };
  expect(await ask('POST', 'mail-texts/test/', json, none)).toMatchObject({
    status: 503,
    body: { code: 'mail_not_configured' },
  });
});

test('every text stands in some mail, and every mail can be previewed in every language', async () => {
  const { languages, items } = (await ask('GET', texts('en'))).body;
  const unused = items.filter(({ kinds }: { kinds: string[] }) => kinds.length === 0);
  expect(unused).toEqual([]);
  const kinds = new Set<string>(items.flatMap((item: { kinds: string[] }) => item.kinds));
  for (const kind of kinds) {
    for (const locale of languages) {
      const { status } = await ask('POST', 'mail-texts/preview/', { kind, locale });
      expect([kind, locale, status]).toEqual([kind, locale, 200]);
    }
  }
});
