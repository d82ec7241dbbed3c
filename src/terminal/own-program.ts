import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isCheckout } from '../lib/own-package.ts';
import { terminal } from './terminal.ts';

/** How this program is called, so that the commands in its hints work when they are pasted. */

/**
 * How this process was called: through npm in a checkout of its sources, by its name, or by its path. Never through
 * `npx`, which runs a package of that name from the registry where it finds none here.
 */
export function programName(): string {
  if (isCheckout) return 'npm run -s latchkey --';
  const [, main] = process.argv;
  return main === undefined || isOnPath('latchkey', main) ? 'latchkey' : quoted(main);
}

/** Whether a name leads to this very program. */
function isOnPath(name: string, main: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      return realpathSync(join(folder, name)) === realpathSync(main);
    } catch {
      return false;
    }
  });
}

/** As a POSIX shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

interface Call {
  /** The program, with the flags that every further command needs as well. */
  readonly program: string;
  /** `users`, `settings` and so on: after one of them `latchkey` is the program, and no other word. */
  readonly commands: RegExp;
}

/** By the terminal at which the command runs. */
const calls = new WeakMap<object, Call>();

/** Remembers how the command of this terminal was called. */
export function rememberCall(program: string, commandNames: readonly string[]): void {
  const commands = new RegExp(`\\blatchkey (?=(?:${commandNames.join('|')})\\b)`, 'g');
  calls.set(terminal(), { program, commands });
}

/** A text whose commands are written as this one was called: `latchkey users list` with its `--data`. */
export function asCalled(text: string): string {
  const call = calls.get(terminal());
  return call ? text.replace(call.commands, () => `${call.program} `) : text;
}
