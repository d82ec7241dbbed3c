import { CommandError, UsageError } from './command-error.ts';
import { note } from './output.ts';
import { terminal } from './terminal.ts';

/** Prompts in the terminal. Questions go to standard error. */

function hasTerminal(): boolean {
  const { stdin, stderr } = terminal();
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** The flag of every command that asks first. */
export const yesOption = ['--yes', 'do not ask'] as const;

/**
 * Asks before something that is hard to undo.
 *
 * @throws CommandError if the answer is no
 * @throws UsageError if there is nobody to ask, and `--yes` was not given
 */
export async function confirm(question: string, isYes: boolean | undefined): Promise<void> {
  if (isYes) return;
  if (!hasTerminal()) {
    throw new UsageError('Nobody is there to ask: to do it without asking, give --yes.');
  }
  const { default: ask } = await import('@inquirer/confirm');
  const isSure = await ask({ message: question, default: false }, { output: process.stderr });
  if (!isSure) throw new CommandError('Nothing was changed.');
}

const attempts = 3;

/**
 * Gets a new password: from standard input with `--password-stdin`, else typed twice without being shown. Never from
 * an argument, which other users of the machine, and the shell's history, could read.
 *
 * @param problemsOf says what is wrong with a password; then it asks again
 * @throws UsageError if there is no terminal, or the two passwords differ too often
 */
export async function readNewPassword(
  fromStdin: boolean | undefined,
  problemsOf: (password: string) => Promise<string[]>,
  otherWays = '',
): Promise<string> {
  if (fromStdin) return readPasswordLine();
  if (!hasTerminal()) {
    throw new UsageError(
      `There is no terminal to ask for the password on. Give --password-stdin${otherWays}.`,
    );
  }
  const { default: ask } = await import('@inquirer/password');
  const validate = async (text: string) => (await problemsOf(text)).join(' ') || true;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const first = await ask({ message: 'Password:', validate }, { output: process.stderr });
    const again = await ask({ message: 'The same again:' }, { output: process.stderr });
    if (first === again) return first;
    note('They differ.');
  }
  throw new UsageError('The passwords differed three times. Nothing was changed.');
}

/** More than any password takes, trimmed or not. */
const maxInputBytes = 4_096;

async function readPasswordLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of terminal().stdin) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxInputBytes) throw new UsageError('Standard input is too long for a password.');
  }
  try {
    // What `echo` and editors put at the end is not part of it.
    return new TextDecoder('utf-8', { fatal: true })
      .decode(Buffer.concat(chunks))
      .replace(/\r?\n$/, '');
  } catch {
    throw new UsageError('The password on standard input is not valid UTF-8.');
  }
}
