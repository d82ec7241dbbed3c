import { Command, CommanderError, Help } from 'commander';
import { addConfigFlags } from '../config/config-options.ts';
import { packageInfo } from '../lib/own-package.ts';
import { exitStatus } from '../terminal/command-error.ts';
import { explainError } from '../terminal/explain-error.ts';
import { note } from '../terminal/output.ts';
import { asCalled, quoted, rememberCall } from '../terminal/own-program.ts';
import { atTerminal, type Terminal, terminal } from '../terminal/terminal.ts';
import { withAdvice } from './advice.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addFactorCommands } from './commands/factors.ts';
import { addImportCommands } from './commands/import-users.ts';
import { addInviteCommand } from './commands/invite.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addMailCommands } from './commands/mail.ts';
import { addMailTextCommands } from './commands/mail-texts.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addMoveCommand } from './commands/move.ts';
import { addNodesCommand } from './commands/nodes.ts';
import { addOpenapiCommand } from './commands/openapi.ts';
import { addRestoreCommand } from './commands/restore.ts';
import { addRolesCommands } from './commands/roles.ts';
import { addSecretCommands } from './commands/secret.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSettingsCommands } from './commands/settings.ts';
import { addUsersCommands } from './commands/users.ts';
import { examples } from './examples.ts';

export function createProgram(): Command {
  const program = addConfigFlags(new Command('latchkey'), 'data', 'database')
    .description('A self-hosted authentication server.')
    .version(packageInfo().version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions(command) {
        const options = Help.prototype.visibleGlobalOptions.call(this, command);
        return options.filter((option) => option.long !== '--version');
      },
    })
    .addHelpText(
      'after',
      examples('latchkey serve', 'latchkey users create you@example.com --superuser'),
    )
    .configureOutput({
      writeOut: (text) => terminal().stdout.write(asCalled(text)),
      writeErr: (text) => terminal().stderr.write(asCalled(text)),
    })
    .hook('preAction', () => {
      process.umask(0o077); // what a command or a server writes is for its own user alone
    })
    .showHelpAfterError('Run with --help to see what is possible.')
    .exitOverride();
  addServeCommand(program);
  addUsersCommands(program);
  addInviteCommand(program);
  addFactorCommands(program);
  addRolesCommands(program);
  addSettingsCommands(program);
  addKeysCommands(program);
  addMailCommands(program);
  addMailTextCommands(program);
  addNodesCommand(program);
  addSecretCommands(program);
  addAuditCommands(program);
  addMigrateCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addImportCommands(program);
  addMoveCommand(program);
  addDoctorCommand(program);
  addOpenapiCommand(program);
  return program;
}

/**
 * Runs one command line and gives its exit status; says on standard error what went wrong.
 *
 * @param calledAs how the program is called, for the commands in hints
 */
export function run(
  argv: readonly string[],
  at: Terminal = process,
  calledAs = 'latchkey',
): Promise<number> {
  return atTerminal(at, () => runHere(argv, calledAs));
}

async function runHere(argv: readonly string[], calledAs: string): Promise<number> {
  const program = createProgram();
  const names = program.commands.map((command) => command.name());
  rememberCall(calledAs, names);
  // The database that was named once is meant by the commands of hints too.
  program.hook('preAction', () =>
    rememberCall([calledAs, ...givenFlags(program)].join(' '), names),
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitStatus.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
    }
    const { text, status } = explainError(error);
    note(withAdvice(text, error));
    return status;
  }
}

/** The flags that name the database, as they were given. A password in one is not shown again. */
function givenFlags(program: Command): string[] {
  return ['data', 'database'].flatMap((name) => {
    const value: unknown = program.getOptionValue(name);
    const isShown = program.getOptionValueSource(name) === 'cli' && !/:.*@/.test(String(value));
    return isShown ? [`--${name} ${quoted(String(value))}`] : [];
  });
}
