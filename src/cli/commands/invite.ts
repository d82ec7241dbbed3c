import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type { UserName, UserView } from '../../features/administration/user-admin/index.ts';
import { OperatorError } from '../../lib/operator-error.ts';
import { jsonOption, moment, note, print, printJson, timestamp } from '../../terminal/output.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { linkBase } from '../as-served.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { findRole } from '../find-role.ts';
import { mailWriterOf } from '../mail-writer.ts';
import { passwordTools } from '../password-tools.ts';
import { called, userName } from '../user-name.ts';
import { withTools } from '../with-tools.ts';

interface InviteFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly role?: readonly string[];
}

/** Of `latchkey users`. */
export function addInviteCommand(program: Command): void {
  const users = program.commands.find((command) => command.name() === 'users');
  users
    ?.command('invite')
    .description(
      'Invite a new user, or one without a password, by a link with which they choose their password.',
    )
    .argument('<user>', 'the email of a new user, or the id or the email of one without a password')
    .option('--role <role...>', 'a role to assign to them, by its id or name')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nThe link is printed. It is also mailed if LATCHKEY_SMTP_URL is set, for this command and\n' +
        'for the server. It works once, and voids earlier links.\n' +
        examples('latchkey users invite ada@example.com --role support'),
    )
    .action((user: string, _options: unknown, command: Command) =>
      invite(user, command.optsWithGlobals()),
    );
}

const load = async () => ({
  ...(await import('../../features/administration/user-admin/index.ts')),
  ...(await import('../../features/self-service/invitations/index.ts')),
  roles: await import('../../features/identity/roles/index.ts'),
});

type Tools = Awaited<ReturnType<typeof load>>;

async function invite(text: string, flags: InviteFlags): Promise<void> {
  const name = userName(text);
  await withTools(flags, load, async (workspace, tools) => {
    const roleIds: number[] = [];
    for (const role of flags.role ?? []) {
      roleIds.push((await findRole(workspace, tools.roles, role)).id);
    }
    const user = await findOrAdd(workspace, tools, name);
    const { url, expiresAtMs, isMailed } = await tools.inviteUser(
      { ...workspace, ...(await byMail(workspace)) },
      cliActor(),
      user.id,
      roleIds,
    );
    if (flags.json) {
      const link = { url, expires_at: timestamp(expiresAtMs), is_mailed: isMailed };
      return printJson({ id: user.id, email: user.email, ...link });
    }
    print(`Invited ${called(user)} until ${moment(expiresAtMs)}.`);
    // Whether a server knows of an SMTP server does not show here.
    const isSent = isMailed
      ? 'A server that has LATCHKEY_SMTP_URL too mails this link. If no mail arrives, send it to them.'
      : 'No mail is sent: send them this link.';
    note(`${isSent} The first person to open it becomes the user.`);
    print(url);
  });
}

/** The user, without a password where they are new. */
async function findOrAdd(
  workspace: Workspace,
  { findUser, addUser }: Tools,
  name: UserName,
): Promise<UserView> {
  try {
    return await findUser(workspace, name);
  } catch (error) {
    const isUnknown = error instanceof OperatorError && error.code === 'no_such_user';
    if (!isUnknown || !('email' in name)) throw error;
    const account = { email: name.email, password: null, isSuperuser: false };
    const hashing = await passwordTools(workspace);
    return await hashing.withPasswords((passwords) =>
      addUser({ ...workspace, ...hashing, passwords }, account, cliActor()),
    );
  }
}

/** How the link leaves: by mail where the command was told of an SMTP server, and without limits, which are for others. */
async function byMail(workspace: Workspace) {
  const writer = await mailWriterOf(workspace);
  const noMail = {
    isAvailable: false,
    isSent: false,
    localeFor: () => 'en',
    write: async () => undefined,
  };
  return {
    mail: { ...(writer?.mail ?? noMail), mayReceive: async () => true, wake: () => undefined },
    publicUrl: linkBase(workspace.config),
    languages: [],
  };
}
