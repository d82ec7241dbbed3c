import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeCommands } from '../../src/cli/describe-commands.ts';
import { createProgram } from '../../src/cli/run.ts';
import { latchkey } from './command-line.ts';

const commands = describeCommands(createProgram());

test.each(commands)('$name says what it does and takes, with an example that works', (command) => {
  expect(command.description).toMatch(/^[A-Z].*\.$/s);
  for (const { name, description } of command.arguments) expect(description, name).not.toBe('');
  for (const { flags, description } of command.options) expect(description, flags).not.toBe('');

  const examples = command.remarks.split('Example:\n')[1]?.split('\n') ?? [];
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) {
    expect(example).toMatch(new RegExp(`^ *${command.name}( |$)|^ *latchkey [a-z]`));
    const words = example.trim().split(' ').slice(1);
    const named = commands.filter(({ name }) =>
      `latchkey ${words.join(' ')} `.startsWith(`${name} `),
    );
    const [, ...known] = named.flatMap(({ options }) => options);
    for (const flag of words.filter((word) => word.startsWith('--'))) {
      expect(
        [...known, ...(commands[0]?.options ?? [])].some(({ flags }) =>
          flags.split(/[ ,]/).includes(flag),
        ),
        example,
      ).toBe(true);
    }
  }
});

test('every command is there, and those that print data do so as JSON too', () => {
  const groups =
    /^latchkey( audit| users| roles| settings| keys| secret| import| mail| mail-texts)?$/;
  const silent = /^latchkey (serve|migrate new|openapi)$/;
  const printing = commands.filter(({ name }) => !groups.test(name) && !silent.test(name));
  expect(printing.map(({ name }) => name.replace('latchkey ', ''))).toEqual(
    expect.arrayContaining(
      [
        ['users create', 'users list', 'users show', 'users set-password', 'users deactivate'],
        ['users activate', 'users promote', 'users demote', 'users delete', 'users invite'],
        ['roles list', 'roles show', 'roles create', 'roles grant', 'roles revoke'],
        ['roles delete', 'roles assign', 'roles unassign'],
        ['settings list', 'settings get', 'settings set'],
        ['settings reset', 'settings history', 'settings rollback'],
        ['keys list', 'keys rotate', 'keys revoke', 'secret rotate', 'secret retire'],
        ['mail list', 'mail show', 'mail resend'],
        ['migrate', 'backup', 'restore', 'move', 'import users', 'doctor'],
      ].flat(),
    ),
  );
  for (const { name, options } of printing) {
    expect(
      options.map(({ flags }) => flags),
      name,
    ).toContain('--json');
  }
});

test('a command line that cannot be is answered with status 2, and --version with the version', async () => {
  const packageJson = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const [version, unknown, option, group] = await Promise.all([
    latchkey(['--version']),
    latchkey(['user']),
    latchkey(['users', 'list', '--limit', '0']),
    latchkey(['users']),
  ]);
  expect(version).toEqual({
    status: 0,
    stdout: `${JSON.parse(packageJson).version}\n`,
    stderr: '',
  });
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toContain('Did you mean users?');
  expect(option.status).toBe(2);
  expect(option.stderr).toContain('Give a whole number from 1 to 1000.');
  expect(group.status).toBe(2);
});
