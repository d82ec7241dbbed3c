import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type { Role } from '../../features/identity/roles/index.ts';
import { acrOf, acrValues } from '../../lib/auth-level.ts';
import { nearest } from '../../lib/nearest.ts';
import { countOf, durationInWords } from '../../lib/words.ts';
import { CommandError, UsageError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  moment,
  note,
  print,
  printable,
  printJson,
  printTable,
  timestamp,
} from '../../terminal/output.ts';
import { confirm, yesOption } from '../../terminal/prompts.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { acrText, acrTexts } from '../acr-texts.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { findRole } from '../find-role.ts';
import { called, userName } from '../user-name.ts';
import { withTools } from '../with-tools.ts';

interface RoleFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly description?: string;
}

const roleArgument = 'the id or the name of the role';
const userArgument = 'the id or the email of the user (letter case does not matter)';
const permissionsArgument = 'names such as users.view or invoices.approve';

export function addRolesCommands(program: Command): void {
  const roles = program
    .command('roles')
    .description('Create roles, grant them permissions, and assign them to users.')
    .addHelpText(
      'after',
      examples(
        'latchkey roles create support users.view sessions.end',
        'latchkey roles assign support ada@example.com',
      ),
    );

  roles
    .command('list')
    .description('List the roles, and how many users have each.')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey roles list'))
    .action((_options: unknown, command: Command) => list(command.optsWithGlobals()));

  roles
    .command('show')
    .description('Show one role and its permissions.')
    .argument('<role>', roleArgument)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey roles show support'))
    .action(onRole(show));

  roles
    .command('create')
    .description('Create a role.')
    .argument('<name>', 'lower-case letters, digits, - and _')
    .argument('[permission...]', permissionsArgument)
    .option('--description <text>', 'what it is for, for people')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples('latchkey roles create support users.view --description "Answers mail"'),
    )
    .action((name: string, permissions: string[], _options: unknown, command: Command) =>
      create(name, permissions, command.optsWithGlobals()),
    );

  roles
    .command('require')
    .description('Require a second factor, or a passkey, of the users of a role.')
    .argument('<role>', roleArgument)
    .argument('<acr>', 'aal1 (no factor), aal2 (a second factor) or phr (a passkey)')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nA passkey can be required only if the server has passkeys: run this in the environment of the\n' +
        'server. If the server runs on the SQLite file, the command knows its public URL and RP ID.\n' +
        examples('latchkey roles require support aal2'),
    )
    .action((role: string, acr: string, _options: unknown, command: Command) =>
      requireAcr(role, acr, command.optsWithGlobals()),
    );

  for (const [verb, what] of [
    ['grant', 'Grant permissions to a role.'],
    ['revoke', 'Revoke permissions from a role.'],
  ] as const) {
    roles
      .command(verb)
      .description(what)
      .argument('<role>', roleArgument)
      .argument('<permission...>', permissionsArgument)
      .option(...jsonOption)
      .addHelpText('after', examples(`latchkey roles ${verb} support users.view invoices.read`))
      .action((role: string, permissions: string[], _options: unknown, command: Command) =>
        change(role, verb, permissions, command.optsWithGlobals()),
      );
  }

  roles
    .command('delete')
    .description('Delete a role. Users who have it lose it.')
    .argument('<role>', roleArgument)
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey roles delete support'))
    .action(onRole(remove));

  for (const [verb, what] of [
    ['assign', 'Assign a role to a user.'],
    ['unassign', 'Unassign a role from a user.'],
  ] as const) {
    roles
      .command(verb)
      .description(what)
      .argument('<role>', roleArgument)
      .argument('<user>', userArgument)
      .option(...jsonOption)
      .addHelpText('after', examples(`latchkey roles ${verb} support ada@example.com`))
      .action((role: string, user: string, _options: unknown, command: Command) =>
        changeAssignment(role, verb, user, command.optsWithGlobals()),
      );
  }
}

function onRole(act: (role: string, flags: RoleFlags) => Promise<void>) {
  return (role: string, _options: unknown, command: Command) =>
    act(role, command.optsWithGlobals());
}

type Tools = typeof import('../../features/identity/roles/index.ts');

function withRoles(
  flags: ConfigFlags,
  task: (workspace: Workspace, tools: Tools) => Promise<void>,
): Promise<void> {
  return withTools(flags, () => import('../../features/identity/roles/index.ts'), task);
}

/** @throws UsageError if a text is not the name of a permission */
function requirePermissions(tools: Tools, permissions: readonly string[]): void {
  const problems = permissions
    .map((name) => tools.permissionProblem(name))
    .filter((problem) => problem);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
}

/** @throws CommandError if the role does not have one of them, which may be misspelt */
function requireHeld(role: Role, permissions: readonly string[]): void {
  const missing = permissions.filter((name) => !role.permissions.includes(name));
  if (missing.length === 0) return;
  const problems = missing.map((name) => {
    const meant = nearest(name, role.permissions);
    const problem = `Role ${role.name} does not have the permission "${name}".`;
    return meant === undefined ? problem : `${problem} Did you mean ${meant}?`;
  });
  throw new CommandError(`${problems.join('\n')}\nNothing was changed.`);
}

/** Names the granted permissions that may be typing errors of the server's own. */
function notePossibleMistakes(tools: Tools, permissions: readonly string[]): void {
  for (const name of permissions) {
    const similar = tools.similarBuiltIn(name);
    if (similar === undefined) continue;
    note(`"${name}" is a permission of your application. Did you mean ${similar}?`);
  }
}

/** How many roles are read at once. */
const pageSize = 200;

async function list(flags: RoleFlags): Promise<void> {
  await withRoles(flags, async (workspace, tools) => {
    const found: Role[] = [];
    for (let isLast = false; !isLast; ) {
      const page = await tools.listRoles(workspace, {
        afterId: found.at(-1)?.id ?? 0,
        limit: pageSize,
      });
      found.push(...page.roles);
      isLast = page.isLast;
    }
    if (flags.json) return printJson(found.map(jsonOf));
    if (found.length === 0)
      return note('No roles yet. To create one: latchkey roles create support');
    noteIfIgnored(workspace, ...found);
    printTable(
      ['ID', 'NAME', 'USERS', 'PERMISSIONS', 'REQUIRES', 'DESCRIPTION'],
      found.map((role) => [
        role.id,
        role.name,
        usersText(tools, role),
        role.permissions.length,
        acrOf(role.requiredLevel),
        printable(role.description),
      ]),
    );
  });
}

async function show(name: string, flags: RoleFlags): Promise<void> {
  await withRoles(flags, async (workspace, tools) => {
    const role = await findRole(workspace, tools, name);
    if (flags.json) return printJson(jsonOf(role));
    const rows = [
      ['ID', String(role.id)],
      ['Name', role.name],
      ['Description', printable(role.description) || 'none'],
      ['Users', usersText(tools, role)],
      ['Created', moment(role.createdAtMs)],
      ['Changed', moment(role.updatedAtMs)],
      ['Requires', acrText(acrOf(role.requiredLevel))],
      ['Permissions', role.permissions.join(', ') || 'none'],
    ];
    printTable(rows[0] as string[], rows.slice(1));
    noteIfIgnored(workspace, role);
  });
}

async function create(
  name: string,
  permissions: readonly string[],
  flags: RoleFlags,
): Promise<void> {
  await withRoles(flags, async (workspace, tools) => {
    const problem = tools.roleNameProblem(name);
    if (problem !== undefined) throw new UsageError(`name: ${problem}`);
    requirePermissions(tools, permissions);
    const role = await tools.createRole(workspace, cliActor(), {
      name,
      description: flags.description,
      permissions: [...new Set(permissions)],
    });
    notePossibleMistakes(tools, permissions);
    if (flags.json) return printJson(jsonOf(role));
    print(`Created role ${role.name} with ${countOf(role.permissions.length, 'permission')}.`);
    note(`To assign it: latchkey roles assign ${role.name} EMAIL`);
  });
}

async function change(
  name: string,
  verb: 'grant' | 'revoke',
  permissions: readonly string[],
  flags: RoleFlags,
): Promise<void> {
  await withRoles(flags, async (workspace, tools) => {
    if (verb === 'grant') requirePermissions(tools, permissions);
    const before = await findRole(workspace, tools, name);
    if (verb === 'revoke') requireHeld(before, permissions);
    const others = before.permissions.filter((permission) => !permissions.includes(permission));
    const role = await tools.changeRole(workspace, cliActor(), before.id, {
      permissions: verb === 'grant' ? [...others, ...new Set(permissions)] : others,
    });
    if (verb === 'grant') notePossibleMistakes(tools, permissions);
    if (flags.json) return printJson(jsonOf(role));
    print(`Role ${role.name} grants: ${role.permissions.join(', ') || 'nothing'}.`);
  });
}

async function requireAcr(name: string, text: string, flags: RoleFlags): Promise<void> {
  const acr = acrValues.find((value) => value === text);
  if (!acr) throw new UsageError(`Choose one of ${acrValues.map(acrText).join(', ')}.`);
  const { asServed } = await import('../as-served.ts');
  await withRoles(asServed(flags), async (workspace, tools) => {
    const { id, ...before } = await findRole(workspace, tools, name);
    const { relyingParty } = workspace.config;
    if (acr === 'phr' && !relyingParty && acrOf(before.requiredLevel) === 'phr') {
      throw new CommandError(
        `Role ${before.name} requires a passkey already, and this server has none: its public URL has an IP. ` +
          `Require less: latchkey roles require ${before.name} aal2`,
      );
    }
    const deps = { ...workspace, relyingParty };
    const role = await tools.changeRole(deps, cliActor(), id, { required_acr: acr });
    if (flags.json) return printJson(jsonOf(role));
    print(`Role ${role.name} requires ${acrTexts[acr]}.`);
    if (noteIfIgnored(workspace, role) || acr === 'aal1') return;
    const seconds = workspace.settings.get('SECOND_FACTOR_GRACE_PERIOD');
    note(
      seconds === 0
        ? 'Its users add one at their next sign-in: SECOND_FACTOR_GRACE_PERIOD is 0.'
        : `Its users have ${durationInWords(seconds)}, from their next sign-in or refresh, to add one.`,
    );
  });
}

/** @returns whether a role requires something, and the policy lets nothing be required, which is noted */
function noteIfIgnored({ settings }: Workspace, ...roles: readonly Role[]): boolean {
  const isIgnored =
    settings.get('SECOND_FACTOR_POLICY') === 'off' &&
    roles.some(({ requiredLevel }) => requiredLevel > 1);
  if (isIgnored) {
    note(
      'SECOND_FACTOR_POLICY is off, so nothing is required. To change that: latchkey settings set SECOND_FACTOR_POLICY optional',
    );
  }
  return isIgnored;
}

async function remove(name: string, flags: RoleFlags): Promise<void> {
  await withRoles(flags, async (workspace, tools) => {
    const role = await findRole(workspace, tools, name);
    const users = role.userCount === 1 ? '1 user' : `${usersText(tools, role)} users`;
    await confirm(`Delete role ${role.name} and unassign it from ${users}?`, flags.yes);
    await tools.removeRole(workspace, cliActor(), role.id);
    if (flags.json) return printJson({ id: role.id, is_deleted: true });
    print(`Deleted role ${role.name}; ${users} had it.`);
  });
}

async function changeAssignment(
  name: string,
  verb: 'assign' | 'unassign',
  user: string,
  flags: RoleFlags,
): Promise<void> {
  if (name.includes('@')) {
    throw new UsageError(`The role comes first: latchkey roles ${verb} ROLE ${printable(name)}`);
  }
  const { findUser } = await import('../../features/administration/user-admin/index.ts');
  await withRoles(flags, async (workspace, tools) => {
    const role = await findRole(workspace, tools, name);
    const { id, email } = await findUser(workspace, userName(user));
    const isAssigned = verb === 'assign';
    const isChanged = await tools.changeUserRole(workspace, cliActor(), id, {
      id: role.id,
      isAssigned,
    });
    if (flags.json) {
      const { roles, permissions, effective } = await tools.readUserPermissions(
        workspace.database.db,
        id,
      );
      return printJson({ id, roles: roles.map((each) => each.name), permissions, effective });
    }
    const who = called({ id, email });
    if (!isChanged) {
      const state = isAssigned ? 'is already assigned to' : 'was not assigned to';
      return print(`Nothing to change: role ${role.name} ${state} ${who}.`);
    }
    print(
      isAssigned
        ? `Assigned role ${role.name} to ${who}.`
        : `Unassigned role ${role.name} from ${who}.`,
    );
  });
}

/** How many users have a role, as far as they are counted. */
function usersText({ maxCounted }: Tools, { userCount }: Role): string {
  return userCount < maxCounted ? String(userCount) : `${maxCounted} or more`;
}

function jsonOf(role: Role) {
  return {
    id: role.id,
    name: role.name,
    description: role.description,
    permissions: role.permissions,
    required_acr: acrOf(role.requiredLevel),
    user_count: role.userCount,
    created_at: timestamp(role.createdAtMs),
    updated_at: timestamp(role.updatedAtMs),
  };
}
