import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeBlocks, readDocument, root } from '../../test/docs/documents.ts';
import { goodPassword, startServer } from '../../test/harness.ts';

function flagsOf(example: string, origin: string): string[] {
  const program = example.replaceAll('http://localhost:8000', origin);
  return ['--conditions=latchkey-source', '--input-type=module', '--eval', program];
}

test('the first example of the README runs word for word and prints what it shows', async () => {
  await using server = await startServer();
  const [example, printed] = codeBlocks(readDocument('sdk/README.md').text).filter(
    ({ language }) => language !== 'sh',
  );
  const flags = flagsOf(example?.text ?? '', server.origin);
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root });
  expect(stdout).toBe(printed?.text);
});

test('the example for servers keeps a session for each user', async () => {
  await using server = await startServer();
  const [example] = codeBlocks(readDocument('docs/guide/client-on-a-server.md').text);
  const onAnyPort = '.listen(0, function () { console.log(this.address().port); });';
  const program = example?.text.replace('.listen(3000);', onAnyPort) ?? '';
  const child = spawn(process.execPath, flagsOf(program, server.origin), { cwd: root });
  try {
    const [port] = await once(child.stdout, 'data');
    const site = `http://localhost:${Number(port)}/`;
    const people = await Promise.all([server.signUp(), server.signUp()]);
    for (const { email } of people) {
      const body = new URLSearchParams({ email, password: goodPassword });
      const cookie = (await fetch(site, { method: 'POST', body })).headers.get('set-cookie') ?? '';
      server.clock.advance(31_000);
      const pages = Array.from({ length: 4 }, async () =>
        (await fetch(site, { headers: { cookie: cookie.split(';')[0] ?? '' } })).text(),
      );
      expect(new Set(await Promise.all(pages))).toEqual(new Set([`${email}\n`]));
    }
    expect(await (await fetch(site)).text()).toBe('Nobody is signed in.\n');
  } finally {
    child.kill();
  }
});
