import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness.ts';
import { startServerHere } from '../server-here.ts';
import { isolatedEnvironment } from '../server-process.ts';
import { codeBlocks, readDocument, root } from './documents.ts';
import { openShell } from './shell.ts';

const readme = readDocument('README.md').text;

/** The commands of the first session, each with what the README says that it prints. */
function firstSession(): { commands: string; printed: string }[] {
  const [, section = ''] = readme.split('\n## A first session\n');
  const blocks = codeBlocks(section.split('\n## ', 1)[0] ?? '');
  const steps: { commands: string; printed: string }[] = [];
  for (const { language, text } of blocks) {
    if (language === 'sh') steps.push({ commands: text, printed: '' });
    else (steps.at(-1) ?? { printed: '' }).printed = text;
  }
  return steps;
}

/** What is different each time, under one name; and without what npm says of itself. */
function normalize(text: string): string {
  return text
    .replace(/^(> |npm warn ).*\n/gm, '')
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<access token>')
    .replace(
      /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g,
      '<refresh token>',
    )
    .replace(/"request_id":"[\w-]+"/g, '"request_id":"<id>"')
    .trim();
}

test('the first session of the README runs word for word and prints what it shows', async () => {
  using folder = temporaryFolder();
  const environment = { LATCHKEY_DATA_DIR: folder.path, LATCHKEY_METRICS_PORT: 'off' };
  await using server = await startServerHere({}, environment);
  const steps = firstSession();
  const { port } = new URL(server.origin);
  await using shell = openShell(root, isolatedEnvironment(environment));

  expect(steps.length).toBeGreaterThan(3);
  for (const { commands, printed } of steps) {
    const text = await shell.run(commands.replaceAll('localhost:8000', `localhost:${port}`));
    expect(normalize(text)).toBe(normalize(printed));
  }
});

test('the commands of the README to install, start and test are those of CI and of the package', () => {
  const commands = codeBlocks(readme).map(({ text }) => text.trim());
  expect(readme).toContain('`npm test`');
  const { scripts } = JSON.parse(readDocument('package.json').text);
  expect(commands).toEqual(expect.arrayContaining(['npm ci\nnpm start']));
  expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String) });
  expect(readDocument('.ci/run').text).toMatch(/^npm ci\nnpm test$/m);
});
