import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { patienceMs } from '../../test/eventually.ts';
import { temporaryFolder } from '../../test/harness.ts';
import { createLineWriter } from './log.ts';

test('lines are written whole, in order, whether they are many or few', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'log');
  const fd = openSync(path, 'a');
  const writer = createLineWriter(fd);
  const lines = Array.from({ length: 5_000 }, (_line, n) => `line ${n} é\n`);
  for (const line of lines) writer.write(line);
  const written = () => readFileSync(path, 'utf8');
  while (written().length < lines.join('').length) await sleep(20);
  expect(written()).toBe(lines.join(''));
  writer.write('one more\n');
  while (!written().endsWith('one more\n')) await sleep(20);
  writer.write('the last\n');
  writer.flushSync();
  expect(readFileSync(path, 'utf8')).toBe(`${lines.join('')}one more\nthe last\n`);
  closeSync(fd);
});

test('at the end all that is held is written, where little of it may be at once', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'log');
  const fd = openSync(path, 'a');
  const writer = createLineWriter(fd, 4_096);
  const lines = Array.from({ length: 1_000 }, (_line, n) => `line ${n}\n`);
  for (const line of lines) writer.write(line);
  writer.flushSync();
  expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
  closeSync(fd);
});

test.skipIf(!existsSync('/dev/full'))('a full disk loses lines, and stops nobody', async () => {
  const fd = openSync('/dev/full', 'w');
  const writer = createLineWriter(fd);
  for (let n = 0; n < 2_000; n += 1) writer.write(`line ${n}\n`);
  await sleep(300);
  writer.write('more\n');
  const wait = vi.spyOn(Atomics, 'wait');
  writer.flushSync();
  expect(wait).not.toHaveBeenCalled();
  wait.mockRestore();
  closeSync(fd);
});

/** Runs a script that logs to a standard error that nobody reads. */
async function runUnread(script: string, closes: boolean): Promise<number | null> {
  const module = new URL('./log.ts', import.meta.url).href;
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { createLineWriter } = await import('${module}');${script}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], timeout: patienceMs },
  );
  if (closes) child.stderr.destroy();
  else child.stderr.pause();
  return new Promise((resolve) => child.once('exit', resolve));
}

test('a reader that is gone stops nobody', async () => {
  const script = `
    const writer = createLineWriter(2);
    const timer = setInterval(() => writer.write('x'.repeat(9000) + '\\n'), 5);
    setTimeout(() => { writer.flushSync(); process.exit(7); }, 500);`;
  expect(await runUnread(script, true)).toBe(7);
});

test('a reader that is slow does not block the event loop, nor fill the memory', async () => {
  const script = `
    const writer = createLineWriter(2);
    const before = process.memoryUsage().rss;
    let turns = 0;
    setInterval(() => {
      turns += 1;
      for (let i = 0; i < 100; i += 1) writer.write('x'.repeat(10000) + '\\n');
      if (turns < 200) return;
      const grown = process.memoryUsage().rss - before;
      writer.flushSync();
      process.exit(grown < 100e6 ? 7 : 8);
    }, 5);`;
  expect(await runUnread(script, false)).toBe(7);
});
