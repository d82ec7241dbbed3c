import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { UsageError } from '../../terminal/command-error.ts';
import { jsonOption, note, print, printable, printJson } from '../../terminal/output.ts';
import { confirm, yesOption } from '../../terminal/prompts.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { noticesOf } from '../notices-of.ts';
import { userName } from '../user-name.ts';
import { withTools } from '../with-tools.ts';

interface ResetFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** Of `latchkey users`; for the last administrator, whom no other can help. */
export function addResetFactorsCommand(program: Command): void {
  const users = program.commands.find((command) => command.name() === 'users');
  users
    ?.command('reset-factors')
    .description(
      'Remove the second factors of a user who has lost them, at once: authenticator apps, passkeys, recovery codes and ' +
        'remembered devices. All sessions end, and the password alone signs in.',
    )
    .argument('<user>', 'the id or the email (letter case does not matter)')
    .option('--reason <text>', 'why, for the audit log', 'lost the device')
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users reset-factors ada@example.com'))
    .action((user: string, _options: unknown, command: Command) =>
      resetFactors(user, command.optsWithGlobals()),
    );
}

async function resetFactors(name: string, flags: ResetFlags): Promise<void> {
  const { reason = '' } = flags;
  if (reason.trim() === '' || reason.length > 500) {
    throw new UsageError('--reason has 1 to 500 characters.');
  }
  const load = () => import('../../features/administration/user-admin/index.ts');
  await withTools(flags, load, async (workspace, { findUser, resetUserFactorsNow }) => {
    const user = await findUser(workspace, userName(name));
    const called = `user ${user.id} (${printable(user.email)})`;
    await confirm(`Remove all factors of ${called}, and end all sessions?`, flags.yes);
    const deps = { ...workspace, notices: await noticesOf(workspace) };
    await resetUserFactorsNow(deps, user.id, reason, cliActor());
    if (flags.json) return printJson({ id: user.id, factors_reset: true });
    print(`Removed the factors of ${called}; the password alone signs in now.`);
    note('Users who are required to have a factor add one at the next sign-in.');
  });
}
