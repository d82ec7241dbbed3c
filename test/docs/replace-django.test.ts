import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { expect, test } from 'vitest';
import { send, temporaryFolder } from '../harness.ts';
import { startServerHere } from '../server-here.ts';
import { builtMain, isolatedEnvironment } from '../server-process.ts';
import { codeBlocks, readDocument, root } from './documents.ts';

/** The page "Replace Django", followed with a dump that Django 5.2 has written. */

const dump = join(root, 'test/docs/django-dump.json');
const secret = 'k3Y9-vd82Lq0_zXw7Rt5-mB1cN6hJ4sP';
/** The refresh tokens of the dump: `11111111-1111-4111-8111-111111111111` and so on. */
const tokenOf = (digit: number) =>
  '........-....-4...-8...-............'.replaceAll('.', String(digit));
const [root1, ada1, ada2, expired, ofNobody] = [1, 2, 3, 4, 5].map(tokenOf);

/** Runs every command of the page in one shell. Of `python` it has only what prints the dump. */
function followPage(folder: string): void {
  const blocks = codeBlocks(readDocument('docs/guide/replace-django.md').text);
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
  const script = [
    `latchkey() { '${process.execPath}' '${builtMain}' "$@" || [[ $1 == import ]]; }`, // rows were refused
    `python() { [[ "$1 $2" == 'manage.py dumpdata' ]] && cat '${dump}'; }`,
    ...commands,
  ].join('\n');
  execFileSync('bash', ['-euo', 'pipefail', '-c', script.replace(/'the SECRET_KEY.*?'/, secret)], {
    cwd: folder,
    env: isolatedEnvironment({ NO_COLOR: '1' }),
    stdio: 'pipe',
  });
}

test('an operator who follows the page signs nobody out', async () => {
  using folder = temporaryFolder();
  followPage(folder.path);
  expect(readFileSync(join(folder.path, 'left.csv'), 'utf8')).toMatch(
    /,,6,kiosk,refused,invalid_fields,email: This field may not be blank\./,
  );
  await using server = await startServerHere(
    { data: join(folder.path, 'data') },
    { LATCHKEY_SECRET_KEY: secret },
  );
  const call = (path: string, json?: unknown, token?: string) =>
    send(server.origin, json === undefined ? 'GET' : 'POST', path, {
      ...(json !== undefined && { json }),
      ...(token !== undefined && { token }),
    });
  const refresh = (refresh_token: string | undefined) => call('/api/refresh/', { refresh_token });

  const { status, body } = await refresh(root1);
  expect(status).toBe(200);
  const { exp, iat } = JSON.parse(
    Buffer.from(body.access_token.split('.')[1], 'base64').toString(),
  );
  expect(exp - iat).toBe(60);
  const me = { id: 1, username: 'root', email: 'root@example.com' };
  expect((await call('/api/me/', undefined, body.access_token)).body).toMatchObject(me);
  expect((await call('/api/logout/', { refresh_token: ada1 })).status).toBe(200);
  const statuses = [];
  for (const token of [ada1, ada2, expired, ofNobody]) statuses.push((await refresh(token)).status);
  expect(statuses).toEqual([400, 200, 400, 400]);

  const sign = createSigner({ key: secret });
  const old = sign({ user_id: 2, exp: Math.floor(Date.now() / 1000) + 60 });
  expect((await call('/api/me/', undefined, old)).body.email).toBe('Ada@example.com');
  const password = 'correct horse battery';
  const logIn = async (email: string) => (await call('/api/login/', { email, password })).status;
  expect(await logIn('ada@example.com')).toBe(200);
  expect(await logIn('gone@example.com')).toBe(401);
  const editor = (await call('/api/login/', { email: 'ed@example.com', password })).body;
  const { roles } = (await call('/api/me/permissions/', undefined, editor.access_token)).body;
  expect(roles.toSorted()).toEqual(['editor', 'support']);
});
