import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness.ts';
import { isolatedEnvironment, startServerProcess } from '../server-process.ts';
import { codeBlocks, readDocument, root } from './documents.ts';

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

const endOfStep = '--- end of a step ---';

/** Runs the steps in one shell, as a reader does, and gives what each of them printed. */
function runSteps(steps: readonly string[], environment: Record<string, string>): string[] {
  const script = steps.map((commands) => `${commands}\necho '\n${endOfStep}'\n`).join('');
  const output = execFileSync('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  });
  return output.split(endOfStep).slice(0, -1);
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

function lifetimeSeconds(accessToken: string): number {
  const { iat, exp } = JSON.parse(
    Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
  );
  return exp - iat;
}

test('the first session of the README runs word for word and prints what it shows', async () => {
  using folder = temporaryFolder();
  const environment = { LATCHKEY_DATA_DIR: folder.path, LATCHKEY_METRICS_PORT: 'off' };
  await using server = await startServerProcess({
    folder: root,
    environment,
  });
  const steps = firstSession();
  const { port } = new URL(server.origin);

  const printed = runSteps(
    steps.map(({ commands }) => commands.replaceAll('localhost:8000', `localhost:${port}`)),
    isolatedEnvironment(environment),
  );

  expect(steps.length).toBeGreaterThan(6);
  expect(printed.map(normalize)).toEqual(steps.map((step) => normalize(step.printed)));
  const accessTokens = [...printed.join('').matchAll(/"access_token":"([^"]+)"/g)];
  expect(accessTokens.map(([, token = '']) => lifetimeSeconds(token))).toEqual([30, 30, 60]);
});

test('the commands of the README to install, start and test are those of CI and of the package', () => {
  const commands = codeBlocks(readme).map(({ text }) => text.trim());
  const { scripts } = JSON.parse(readDocument('package.json').text);
  expect(commands).toEqual(expect.arrayContaining(['npm ci && npm start', 'npm test']));
  expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String) });
  expect(readDocument('.ci/run').text).toMatch(/^npm ci\nnpm test$/m);
});
