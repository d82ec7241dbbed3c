import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from '../browser/browser.ts';
import { temporaryFolder } from '../harness.ts';
import { freePort, untilListening } from '../ports.ts';
import { isolatedEnvironment } from '../server-process.ts';
import { readDocument, root } from './documents.ts';
import { openShell, type Shell } from './shell.ts';

/** The tutorial, followed word for word; only the two ports are others. */

type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'server' | 'commands'; readonly text: string; readonly printed?: string };

/** What the tutorial has the reader do, in order. */
function stepsOf(tutorial: string): Step[] {
  const steps: Step[] = [];
  const blocks = tutorial.matchAll(/(?:this as `notes\/(\S+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms);
  for (const [, path, language, text = ''] of blocks) {
    if (path !== undefined) steps.push({ kind: 'file', path, text });
    else if (language === 'sh') {
      const isServer = /^(npm start|node \S+)\n$/m.test(text);
      steps.push({ kind: isServer ? 'server' : 'commands', text });
    } else if (language === 'text') {
      const step = steps.pop();
      if (step?.kind !== 'commands') throw new Error(`Nothing prints this: ${text}`);
      steps.push({ ...step, printed: text });
    }
  }
  return steps;
}

/** Packages come from the repository, where `npm ci` put them: nothing is fetched. */
const npm = `npm() {
  case "$1" in
    ci) ;;
    install) ln -s '${join(root, 'node_modules')}' node_modules ;;
    *) command npm "$@" ;;
  esac
}
node() { '${process.execPath}' "$@"; }
`;

/** Follows the steps in as many terminals as the reader opens: each server keeps its own. */
async function follow(
  steps: readonly Step[],
  ports: readonly number[],
  newShell: () => Promise<Shell>,
  saveFile: (path: string, text: string) => void,
): Promise<void> {
  const portsLeft = [...ports];
  let shell = await newShell();
  for (const step of steps) {
    if (step.kind === 'file') saveFile(step.path, step.text);
    else if (step.kind === 'server') {
      shell.start(step.text);
      await untilListening(portsLeft.shift() ?? 0);
      shell = await newShell();
    } else {
      const printed = await shell.run(step.text);
      if (step.printed !== undefined) expect(printed.trim()).toBe(step.printed.trim());
    }
  }
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Signed in as ada@example.com').waitFor();
}

test('a reader who follows the tutorial has an API and a page', async () => {
  using folder = temporaryFolder();
  symlinkSync(root, join(folder.path, 'latchkey'));
  const ports = [await freePort(), await freePort()] as const;
  const tutorial = readDocument('docs/tutorial/README.md')
    .text.replaceAll('8000', String(ports[0]))
    .replaceAll('3000', String(ports[1]));
  const environment = isolatedEnvironment({
    LATCHKEY_PORT: String(ports[0]),
    LATCHKEY_DATA_DIR: join(folder.path, 'data'),
    LATCHKEY_METRICS_PORT: 'off',
    NO_COLOR: '1',
  });
  await using shells = new AsyncDisposableStack();
  const newShell = async () => {
    const shell = shells.use(openShell(folder.path, environment));
    await shell.run(npm);
    return shell;
  };
  const saveFile = (path: string, text: string) =>
    writeFileSync(join(folder.path, 'notes', path), text);
  const steps = stepsOf(tutorial);
  const end = steps.findIndex(({ text }) => text.includes('users set-password'));

  await follow(steps.slice(0, end), ports, newShell, saveFile);

  await using browser = await openBrowser();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://localhost:${ports[1]}`);
  await signIn(page, 'correct horse battery');
  await page.getByText('Buy milk').waitFor();
  await page.getByLabel('New note').fill('Walk the dog');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('Walk the dog').waitFor();
  const secondTab = await context.newPage();
  await secondTab.goto(page.url());
  await secondTab.getByText('Walk the dog').waitFor();
  await secondTab.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Signed out: logged_out').waitFor();

  await signIn(page, 'correct horse battery');
  await (await newShell()).run(steps[end]?.text ?? '');
  await page.reload();
  await page.getByText('Signed out: password_changed').waitFor();
  await signIn(page, 'battery staple correct');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').fill('grace@example.com');
  await page.getByLabel('Password').fill('12345678');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('This password is too common.').waitFor();
  await page.getByLabel('Password').fill('quite another horse');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Signed in as grace@example.com').waitFor();
  expect(await page.getByRole('listitem').count()).toBe(0);
});
