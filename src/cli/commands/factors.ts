import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { CommandError, UsageError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  moment,
  note,
  print,
  printable,
  printJson,
  printTable,
} from '../../terminal/output.ts';
import { confirm, yesOption } from '../../terminal/prompts.ts';
import { asServed } from '../as-served.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { noticesOf } from '../notices-of.ts';
import { called, userArgument, userName } from '../user-name.ts';
import { withTools } from '../with-tools.ts';

interface FactorFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly cancel?: boolean;
}

/** Of `latchkey users`: the second factors of a user. */
export function addFactorCommands(program: Command): void {
  const users = program.commands.find((command) => command.name() === 'users');
  users
    ?.command('factors')
    .description(
      'Show the second factors of a user, which are required, and a reset that is pending.',
    )
    .argument('<user>', userArgument)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users factors ada@example.com'))
    .action((user: string, _options: unknown, command: Command) =>
      showFactors(user, command.optsWithGlobals()),
    );
  users
    ?.command('reset-factors')
    .description(
      'Remove the second factors of a user who has lost them, at once: authenticator apps, passkeys, recovery codes and ' +
        'remembered devices. All sessions end, and the password alone signs in. With --cancel nothing is removed: it cancels ' +
        'the pending reset of an administrator.',
    )
    .argument('<user>', userArgument)
    .option('--reason <text>', 'why, for the audit log', 'lost the device')
    .option('--cancel', 'cancel a pending reset')
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'latchkey users reset-factors ada@example.com',
        'latchkey users reset-factors ada@example.com --cancel',
      ),
    )
    .action((user: string, _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<FactorFlags>();
      return flags.cancel ? cancelReset(user, flags) : resetFactors(user, flags);
    });
}

const load = () => import('../../features/administration/user-admin/index.ts');

/** Administrators see the same at `/api/admin/users/{id}/factors/`. */
async function showFactors(name: string, flags: FactorFlags): Promise<void> {
  await withTools(asServed(flags), load, async (workspace, { findUser, readUserFactors }) => {
    const user = await findUser(workspace, userName(name));
    const { relyingParty } = workspace.config;
    const factors = await readUserFactors({ ...workspace, relyingParty }, user.id);
    if (flags.json) return printJson({ id: user.id, ...factors });
    const day = (text: string | null) => (text === null ? 'never' : moment(Date.parse(text)));
    const rows = [
      ...factors.authenticator_apps.map((app) => ['authenticator app', app] as const),
      ...factors.passkeys.map(
        (passkey) =>
          [passkey.is_usable ? 'passkey' : 'passkey of another domain', passkey] as const,
      ),
    ].map(([kind, { name: called, created_at: added, last_used_at: used }]) => [
      ...[kind, printable(called), day(added), day(used)],
    ]);
    if (rows.length === 0) print('No second factor.');
    else printTable(['FACTOR', 'NAME', 'ADDED', 'LAST USED'], rows);
    print(`Recovery codes left: ${factors.recovery_codes_left}`);
    print(`Signs in with ${factors.acr}; required is ${factors.required_acr}.`);
    if (!factors.reset) return;
    const { reason, due_at: dueAt } = factors.reset;
    print(`A reset waits until ${day(dueAt)}: ${printable(reason)}`);
    note(`To cancel it: latchkey users reset-factors ${user.id} --cancel`);
  });
}

/** For the last administrator, whom no other can help. */
async function resetFactors(name: string, flags: FactorFlags): Promise<void> {
  const { reason = '' } = flags;
  if (reason.trim() === '' || reason.length > 500) {
    throw new UsageError('--reason has 1 to 500 characters.');
  }
  await withTools(flags, load, async (workspace, { findUser, resetUserFactorsNow }) => {
    const user = await findUser(workspace, userName(name));
    await confirm(`Remove all factors of ${called(user)}, and end all sessions?`, flags.yes);
    const deps = { ...workspace, notices: await noticesOf(workspace) };
    await resetUserFactorsNow(deps, user.id, reason, cliActor());
    if (flags.json) return printJson({ id: user.id, factors_reset: true });
    print(`Removed the factors of ${called(user)}; the password alone signs in now.`);
    note('Users who are required to have a factor add one at the next sign-in.');
  });
}

async function cancelReset(name: string, flags: FactorFlags): Promise<void> {
  await withTools(flags, load, async (workspace, { findUser, cancelUserFactorReset }) => {
    const user = await findUser(workspace, userName(name));
    const deps = { ...workspace, notices: await noticesOf(workspace) };
    if (!(await cancelUserFactorReset(deps, user.id, cliActor()))) {
      throw new CommandError(`No reset of the factors of ${called(user)} waits.`);
    }
    if (flags.json) return printJson({ id: user.id, reset_cancelled: true });
    print(`Cancelled the reset of the factors of ${called(user)}.`);
  });
}
