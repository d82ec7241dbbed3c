import { type Command, Option } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type {
  UserQuery,
  UserSort,
  UserView,
} from '../../features/administration/user-admin/index.ts';
import { type Acr, acrOf, acrValues } from '../../lib/auth-level.ts';
import { countOf } from '../../lib/words.ts';
import { UsageError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  moment,
  note,
  print,
  printable,
  printJson,
  printTable,
} from '../../terminal/output.ts';
import { confirm, readNewPassword, yesOption } from '../../terminal/prompts.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { acrText } from '../acr-texts.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { findRole } from '../find-role.ts';
import { noticesOf } from '../notices-of.ts';
import { passwordTools } from '../password-tools.ts';
import { called, userArgument, userName } from '../user-name.ts';
import { wholeNumber } from '../whole-number.ts';
import { withTools } from '../with-tools.ts';

interface UserFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly superuser?: boolean;
  /** False with `--no-password`. */
  readonly password?: boolean;
  readonly passwordStdin?: boolean;
  readonly limit: number;
  readonly after?: string;
  readonly search?: string;
  readonly sort: UserSort;
  readonly status?: 'active' | 'deactivated';
  readonly superusers?: boolean;
  readonly role?: string;
  readonly acr?: Acr;
}

const stdinOption = ['--password-stdin', 'read the password from standard input'] as const;

/** How many users one page may have. */
const maxPage = 1_000;
/** Written out: help must not wait for the module that has them. */
const sorts: readonly UserSort[] = ['id', '-id', 'email', '-email', 'created_at', '-created_at'];

export function addUsersCommands(program: Command): void {
  const users = program
    .command('users')
    .description('Create, look up, change and delete users.')
    .addHelpText('after', examples('latchkey users create ada@example.com --superuser'));

  users
    .command('create')
    .description('Create a user. Asks for the password without showing it.')
    .argument('<email>', 'the email to sign in with')
    .option('--superuser', 'may do everything')
    .option(...stdinOption)
    .option('--no-password', 'without a password: nobody can sign in until one is set')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'latchkey users create ada@example.com --superuser',
        'latchkey users create bot@example.com --password-stdin < password.txt',
      ),
    )
    .action(onUser(create));

  users
    .command('list')
    .description('List all users, or those that match a filter.')
    .option('--limit <number>', `how many, up to ${maxPage}`, wholeNumber(maxPage), 50)
    .option('--after <cursor>', 'continue after this cursor, which the previous list printed')
    .option(
      '--search <text>',
      'the beginning of the email (in any letter case) or of the username, or an id',
    )
    .addOption(
      new Option('--status <status>', 'only users with this status').choices([
        'active',
        'deactivated',
      ]),
    )
    .option('--superusers', 'only superusers')
    .option('--role <role>', 'only users with this role, by its id or name')
    .addOption(
      new Option(
        '--acr <acr>',
        'only users without a second factor, with one, or with a passkey',
      ).choices(acrValues),
    )
    .addOption(
      new Option('--sort <order>', 'the order; a hyphen in front means descending')
        .choices(sorts)
        .default('id'),
    )
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'latchkey users list --search ada@',
        'latchkey users list --role support --status deactivated',
        'latchkey users list --superusers --acr aal1',
        'latchkey users list --sort -created_at --limit 1000 --json',
      ),
    )
    .action((_options: unknown, command: Command) => list(flagsOf(command)));

  users
    .command('show')
    .description('Show one user and the number of active sessions.')
    .argument('<user>', userArgument)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users show ada@example.com'))
    .action(onUser(show));

  users
    .command('set-password')
    .description(
      'Set the password of a user. All sessions of the user end. Asks for the password without showing it.',
    )
    .argument('<user>', userArgument)
    .option(...stdinOption)
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'latchkey users set-password ada@example.com',
        'latchkey users set-password 7 --password-stdin < password.txt',
      ),
    )
    .action(onUser(setPassword));

  users
    .command('deactivate')
    .description('Deactivate a user: all sessions end and the user cannot sign in. Can be undone.')
    .argument('<user>', userArgument)
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users deactivate 7 --yes'))
    .action(onUser(deactivate));

  users
    .command('activate')
    .description('Activate a deactivated user. Ended sessions stay ended.')
    .argument('<user>', userArgument)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users activate 7'))
    .action(onUser(activate));

  users
    .command('promote')
    .description('Make a user a superuser, who has every permission.')
    .argument('<user>', userArgument)
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users promote ada@example.com'))
    .action(onUser((name, flags) => setSuperuser(name, true, flags)));

  users
    .command('demote')
    .description('Make a superuser an ordinary user, who keeps their roles.')
    .argument('<user>', userArgument)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users demote ada@example.com'))
    .action(onUser((name, flags) => setSuperuser(name, false, flags)));

  users
    .command('delete')
    .description('Delete a user and all their data permanently. The id is never reused.')
    .argument('<user>', userArgument)
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey users delete ada@example.com'))
    .action(onUser(remove));
}

function onUser(act: (name: string, flags: UserFlags) => Promise<void>) {
  return (name: string, _options: unknown, command: Command) => act(name, flagsOf(command));
}

function flagsOf(command: Command): UserFlags {
  return command.optsWithGlobals<UserFlags>();
}

type Tools = typeof import('../../features/administration/user-admin/index.ts');

function withUsers(
  flags: ConfigFlags,
  task: (workspace: Workspace, tools: Tools) => Promise<void>,
): Promise<void> {
  return withTools(flags, () => import('../../features/administration/user-admin/index.ts'), task);
}

async function create(emailText: string, flags: UserFlags): Promise<void> {
  if (flags.password === false && flags.passwordStdin) {
    throw new UsageError('--no-password and --password-stdin exclude each other.');
  }
  await withUsers(flags, async (workspace, tools) => {
    const email = await tools.checkNewEmail(workspace, emailText); // before anything is typed
    const hashing = await passwordTools(workspace);
    const problemsOf = (text: string) => tools.newPasswordProblems(hashing, text, { email });
    const password =
      flags.password === false
        ? null
        : await readNewPassword(flags.passwordStdin, problemsOf, ' or --no-password');
    const account = { email, password, isSuperuser: flags.superuser ?? false };
    const user = await hashing.withPasswords((passwords) =>
      tools.addUser({ ...workspace, ...hashing, passwords }, account, cliActor()),
    );
    if (flags.json) return printJson(tools.accountJson(user));
    print(`Made ${user.isSuperuser ? 'superuser' : 'user'} ${user.id}, ${printable(user.email)}.`);
    if (password === null) {
      note(`To let them choose a password: latchkey users invite ${user.id}`);
    }
  });
}

async function list(flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, { accountJson, listUsers }) => {
    const { after: cursor, limit } = flags;
    const query = await queryOf(flags, workspace);
    const { users, nextCursor } = await listUsers(workspace, query, { limit, cursor });
    const { sort: _order, ...filters } = query;
    const isPart = [cursor, ...Object.values(filters)].some((filter) => filter !== undefined);
    if (flags.json) printJson(users.map(accountJson));
    else if (users.length > 0) printUsers(users);
    else note(isPart ? 'No such user.' : 'No users yet.');
    if (nextCursor !== undefined) note(`There are more: --after ${nextCursor}`);
  });
}

/** @throws CommandError if there is no such role */
async function queryOf(
  { search, sort, status, superusers, role, acr }: UserFlags,
  workspace: Workspace,
): Promise<UserQuery> {
  const isActive = status && status === 'active';
  const query = { search, sort, isActive, isSuperuser: superusers, acr };
  if (role === undefined) return query;
  const { id } = await findRole(
    workspace,
    await import('../../features/identity/roles/index.ts'),
    role,
  );
  return { ...query, roleId: id };
}

function printUsers(users: readonly UserView[]): void {
  printTable(
    ['ID', 'ACTIVE', 'SUPERUSER', 'VERIFIED', 'CREATED', 'EMAIL', 'USERNAME'],
    users.map((user) => [
      user.id,
      yesOrNo(user.isActive),
      yesOrNo(user.isSuperuser),
      yesOrNo(user.isEmailVerified),
      moment(user.createdAtMs),
      user.email,
      user.username,
    ]),
  );
}

async function show(name: string, flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, { accountJson, viewUser }) => {
    const user = await viewUser(workspace, userName(name));
    const { hasPassword, liveSessions } = user;
    const { readUserPermissions } = await import('../../features/identity/roles/index.ts');
    const { readFactorLevel } = await import('../../features/sign-in/factors/index.ts');
    const acr = acrOf(await readFactorLevel(workspace.database.db, user.id));
    const given = await readUserPermissions(workspace.database.db, user.id);
    const { permissions } = given; // those beside the roles
    const roles = given.roles.map((role) => role.name);
    if (flags.json) {
      const { emailBouncedAtMs: bouncedAtMs } = user;
      const has = {
        has_password: hasPassword,
        acr,
        live_sessions: liveSessions,
        email_bounced_at: bouncedAtMs === null ? null : new Date(bouncedAtMs).toISOString(),
      };
      return printJson({ ...accountJson(user), ...has, roles, permissions });
    }
    const rows = [
      ['ID', String(user.id)],
      ['Email', user.email],
      ['Verified', yesOrNo(user.isEmailVerified)],
      ...(user.emailBouncedAtMs === null
        ? []
        : [['Mail', `comes back since ${moment(user.emailBouncedAtMs)}`]]),
      ['Username', user.username || 'none'],
      ['Language', user.locale ?? 'unknown'],
      ['Active', yesOrNo(user.isActive)],
      ['Superuser', yesOrNo(user.isSuperuser)],
      ['Roles', roles.join(', ') || 'none'],
      ['Permissions', permissions.join(', ') || 'none'],
      ['Password', hasPassword ? 'set' : 'none'],
      ['Signs in', acrText(acr)],
      ['Live sessions', String(liveSessions)],
      ['Created', moment(user.createdAtMs)],
      ['Changed', moment(user.updatedAtMs)],
    ];
    printTable(rows[0] as string[], rows.slice(1));
  });
}

async function setPassword(name: string, flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, tools) => {
    const user = await tools.findUser(workspace, userName(name));
    const hashing = await passwordTools(workspace);
    const problemsOf = (text: string) => tools.newPasswordProblems(hashing, text, user);
    const password = await readNewPassword(flags.passwordStdin, problemsOf);
    const deps = { ...workspace, notices: await noticesOf(workspace) };
    const ended = await hashing.withPasswords((passwords) =>
      tools.setUserPassword({ ...deps, ...hashing, passwords }, user.id, password, cliActor()),
    );
    if (flags.json) return printJson({ id: user.id, ended_sessions: ended });
    print(`Set the password of ${called(user)}; ${countOf(ended, 'session')} ended.`);
  });
}

async function deactivate(name: string, flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, { viewUser, deactivateUser }) => {
    const user = await viewUser(workspace, userName(name));
    const question = `Keep ${called(user)} out, and end ${countOf(user.liveSessions, 'session')}?`;
    await confirm(question, flags.yes);
    const deps = { ...workspace, notices: await noticesOf(workspace) };
    const ended = await deactivateUser(deps, user.id, cliActor());
    if (flags.json) return printJson({ id: user.id, is_active: false, ended_sessions: ended });
    print(`Deactivated ${called(user)}; ${countOf(ended, 'session')} ended.`);
    note(`To undo: latchkey users activate ${user.id}`);
  });
}

async function activate(name: string, flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, { findUser, activateUser }) => {
    const user = await findUser(workspace, userName(name));
    await activateUser(workspace, user.id, cliActor());
    if (flags.json) return printJson({ id: user.id, is_active: true });
    print(`Activated ${called(user)}.`);
  });
}

async function setSuperuser(name: string, isSuperuser: boolean, flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, tools) => {
    const user = await tools.findUser(workspace, userName(name));
    if (isSuperuser) await confirm(`Let ${called(user)} do everything?`, flags.yes);
    await tools.changeUser(workspace, user.id, { isSuperuser }, cliActor());
    if (flags.json) return printJson({ id: user.id, is_superuser: isSuperuser });
    print(isSuperuser ? `Promoted ${called(user)}.` : `Demoted ${called(user)}.`);
    if (isSuperuser) note(`To undo: latchkey users demote ${user.id}`);
  });
}

async function remove(name: string, flags: UserFlags): Promise<void> {
  await withUsers(flags, async (workspace, { viewUser, removeUser }) => {
    const user = await viewUser(workspace, userName(name));
    const sessions = countOf(user.liveSessions, 'session');
    const question = `Delete ${called(user)} with ${sessions}, for good?`;
    await confirm(question, flags.yes);
    const deps = { ...workspace, notices: await noticesOf(workspace) };
    await removeUser(deps, user.id, cliActor());
    if (flags.json) return printJson({ id: user.id, is_deleted: true });
    print(`Deleted ${called(user)}.`);
  });
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'no';
}
