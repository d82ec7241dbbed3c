import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { shownCode } from '../../../../test/authenticator.ts';
import { startServer, temporaryFolder } from '../../../../test/harness.ts';
import { importUsers, type LeftRow } from './index.ts';

/** Authenticator apps of another system. */

const server = await startServer();
const folder = temporaryFolder();
afterAll(async () => {
  folder[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});
const { db } = server.deps.database;

/** Made by Python's bcrypt, of a low cost. */
const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
const password = 'correct horse bättery';
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

type Options = Partial<Parameters<typeof importUsers>[2]>;

async function importText(text: string, options: Options = {}, deps = {}) {
  const path = join(folder.path, randomUUID());
  writeFileSync(path, text);
  const left: LeftRow[] = [];
  const actor = { kind: 'cli', name: 'test' } as const;
  const onLeft = (row: LeftRow) => left.push(row);
  const all = { actor, onLeft, ...options };
  return { summary: await importUsers({ ...server.deps, ...deps }, path, all), left };
}

const factorsOf = (email: string) =>
  db
    .selectFrom('users')
    .leftJoin('authenticator_apps as app', 'app.user_id', 'users.id')
    .select(['users.factor_level', 'app.name', 'app.secret'])
    .where('users.email', '=', email)
    .execute();

const logIn = (email: string) => server.send('POST', '/api/login/', { json: { email, password } });

test('an app that the user has goes on working, and is asked for', async () => {
  const rows = [
    { email: 'ada@apps.example.com', password_hash: hash, totp_secret: secret },
    { email: 'bob@apps.example.com', password_hash: hash },
    {
      ...{ email: 'eve@apps.example.com', password_hash: hash },
      totp_secret: secret.toLowerCase().replaceAll(/.{4}/g, '$& '),
    },
  ];
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const dry = await importText(text, { dryRun: true });
  const { summary } = await importText(text);
  expect(dry.summary).toEqual(summary);
  expect(summary).toMatchObject({ imported: 3, withApp: 2, refused: 0 });
  expect(await factorsOf('bob@apps.example.com')).toEqual([
    { factor_level: 1, name: null, secret: null },
  ]);
  for (const email of ['ada@apps.example.com', 'eve@apps.example.com']) {
    const [app, ...others] = await factorsOf(email);
    expect([app?.factor_level, app?.name, others]).toEqual([2, 'Authenticator app', []]);
    expect(app?.secret).not.toContain(secret);
    const asked = await logIn(email);
    expect(asked).toMatchObject({
      ...{ status: 401, body: { code: 'second_factor_required', methods: ['totp'] } },
    });
    const json = { flow: asked.body.flow, code: shownCode(server, secret) };
    const answer = await server.send('POST', '/api/login/second-factor/', { json });
    expect(answer.status).toBe(200);
  }
  expect((await logIn('bob@apps.example.com')).status).toBe(200);
  const { details } = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'users.imported')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(details)).toMatchObject({ count: 3, authenticator_apps: 2 });
});

test('a secret that is none is refused, and stands in no report', async () => {
  const { summary, left } = await importText(
    `email,totp_secret\nshort@apps.example.com,JBSWY3DP\nodd@apps.example.com,"JBSWY3DP-0189"\n`,
  );
  expect(summary).toMatchObject({ imported: 0, refused: 2, withApp: 0 });
  expect(left).toMatchObject([{ reason: 'invalid_fields' }, { reason: 'invalid_fields' }]);
  expect(JSON.stringify(left)).not.toContain('JBSWY3DP');
});

test('a second import of unused accounts replaces the app where the file has one', async () => {
  const email = 'again@apps.example.com';
  const other = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const line = (totp_secret?: string) =>
    JSON.stringify({ email, password_hash: hash, totp_secret });
  await importText(line(secret));
  const [first] = await factorsOf(email);
  await importText(line(), { resetsUnused: true });
  expect(await factorsOf(email)).toEqual([first]);
  const { summary } = await importText(line(other), { resetsUnused: true });
  expect(summary).toMatchObject({ reset: 1, imported: 0 });
  const now = await factorsOf(email);
  expect(now).toHaveLength(1);
  expect(now[0]?.secret).not.toBe(first?.secret);
  const asked = await logIn(email);
  for (const [shown, status] of [
    [secret, 400],
    [other, 200],
  ] as const) {
    const json = { flow: asked.body.flow, code: shownCode(server, shown) };
    const answer = await server.send('POST', '/api/login/second-factor/', { json });
    expect(answer.status).toBe(status);
  }
});

describe.each(['CSV', 'JSON lines'])('in %s', (format) => {
  /** Users with a secret, with an empty one, and (undefined) with no word of it. */
  function fileOf(secrets: Readonly<Record<string, string | undefined>>): string {
    const rows = Object.entries(secrets);
    if (format === 'CSV') {
      const cells = rows.map(([email, secret = '']) => `${email},${hash},${secret}`);
      return ['email,password_hash,totp_secret', ...cells].join('\n');
    }
    const objects = rows.map(([email, totp_secret]) => ({
      ...{ email, password_hash: hash, totp_secret },
    }));
    return objects.map((row) => JSON.stringify(row)).join('\n');
  }

  const emailOf = (name: string) => `${name}@${format.slice(0, 3)}.example.com`.toLowerCase();
  const emails = ['gone', 'stays', 'used', 'absent'].map(emailOf);
  const [gone, stays, used, absent] = emails as [string, string, string, string];
  const levelOf = async (email: string) =>
    (await factorsOf(email)).map((row) => [row.factor_level, row.secret !== null]);

  test('who has no app any more in the file has none here, unless the account is in use', async () => {
    const all = Object.fromEntries(emails.map((email) => [email, secret]));
    await importText(`${fileOf(all)}\n`);
    const asked = await logIn(used);
    const json = { flow: asked.body.flow, code: shownCode(server, secret) };
    expect((await server.send('POST', '/api/login/second-factor/', { json })).status).toBe(200);

    const now = fileOf({ [gone]: '', [used]: '', [stays]: secret, [absent]: undefined });
    await importText(now);
    await importText(now, { resetsUnused: true, dryRun: true });
    expect(await levelOf(gone)).toEqual([[2, true]]);
    expect((await importText(now, { resetsUnused: true })).summary.reset).toBe(3);
    expect(await levelOf(gone)).toEqual([[1, false]]);
    expect(await levelOf(absent)).toEqual([[1, false]]);
    expect(await levelOf(stays)).toEqual([[2, true]]);
    expect(await levelOf(used)).toEqual([[2, true]]);
    expect((await logIn(gone)).status).toBe(200);
    expect((await logIn(stays)).body.code).toBe('second_factor_required');
    const events = await db
      .selectFrom('audit_events')
      .innerJoin('users', 'users.id', 'audit_events.user_id')
      .select(['users.email', 'details'])
      .where('kind', '=', 'factors.dropped')
      .where('users.email', 'in', emails)
      .orderBy('users.email')
      .execute();
    const details = JSON.stringify({ authenticator_apps: 1, passkeys: 0 });
    expect(events).toEqual([absent, gone].map((email) => ({ email, details })));
  });

  test('a file of it without the word leaves apps as they are', async () => {
    const email = emailOf('silent');
    await importText(`${fileOf({ [email]: secret })}\n`);
    const silent =
      format === 'CSV'
        ? `email,password_hash\n${email},${hash}\n`
        : JSON.stringify({ email, password_hash: hash });
    expect((await importText(silent, { resetsUnused: true })).summary.reset).toBe(1);
    expect(await levelOf(email)).toEqual([[2, true]]);
  });

  test('an app that was added here stays: a session of the other system can go on without a sign-in', async () => {
    const email = emailOf('added');
    await importText(`${fileOf({ [email]: undefined, [emailOf('other')]: secret })}\n`);
    const { id } = await db
      .selectFrom('users')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    const nowMs = server.clock.nowMs() + 1_000;
    const app = { user_id: id, name: 'Phone', secret: 's', created_at_ms: nowMs };
    await db
      .insertInto('authenticator_apps')
      .values({ ...app, confirmed_at_ms: nowMs })
      .execute();
    await db.updateTable('users').set({ factor_level: 2 }).where('id', '=', id).execute();
    const again = fileOf({ [email]: '', [emailOf('other')]: secret });
    expect((await importText(again, { resetsUnused: true })).summary.reset).toBe(2);
    expect(await levelOf(email)).toEqual([[2, true]]);
  });
});

test('no secret of the server is needed to remove apps', async () => {
  const email = 'keyless@apps.example.com';
  await importText(`email,totp_secret\n${email},${secret}\n`);
  const text = `email,totp_secret\n${email},\n`;
  await importText(text, { resetsUnused: true }, { secretKey: undefined });
  expect(await factorsOf(email)).toMatchObject([{ factor_level: 1, secret: null }]);
});

test('without the secret of the server, no app could ever be opened: nothing is imported', async () => {
  const text = `email,totp_secret\nlost@apps.example.com,${secret}\n`;
  await expect(importText(text, {}, { secretKey: undefined })).rejects.toThrow(
    /secret of the server, which is not here/,
  );
  expect(await factorsOf('lost@apps.example.com')).toEqual([]);
});
