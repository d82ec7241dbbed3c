import { type Command, Option } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { AppError } from '../../errors/index.ts';
import type { BounceOutcome, MailState } from '../../features/platform/mail/index.ts';
import { CommandError, TryLater } from '../../terminal/command-error.ts';
import { explainError } from '../../terminal/explain-error.ts';
import {
  jsonOption,
  moment,
  note,
  print,
  printable,
  printJson,
  printTable,
} from '../../terminal/output.ts';
import { terminal } from '../../terminal/terminal.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { wholeNumber } from '../whole-number.ts';
import { withTools } from '../with-tools.ts';

interface MailFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly limit: number;
  readonly state?: MailState;
  readonly last?: boolean;
  readonly code?: boolean;
  readonly link?: boolean;
  readonly to?: string;
}

/** How many mails one list may have. */
const maxListed = 1_000;
/** Written out: help must not wait for the module that has them. */
const states: readonly MailState[] = ['pending', 'sent', 'dead'];

export function addMailCommands(program: Command): void {
  const mail = program
    .command('mail')
    .description('Show the mails in the outbox, and whether they were sent.')
    .addHelpText('after', examples('latchkey mail list', 'latchkey mail show --last'));

  mail
    .command('list')
    .description('List mails, the newest first.')
    .option('--limit <number>', `how many, up to ${maxListed}`, wholeNumber(maxListed), 50)
    .addOption(new Option('--state <state>', 'only mails in this state').choices(states))
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nA mail that is dead was refused for good, or could not be sent in time.\n' +
        examples('latchkey mail list', 'latchkey mail list --state dead --json'),
    )
    .action((_options: unknown, self: Command) => list(self.optsWithGlobals<MailFlags>()));

  mail
    .command('show')
    .description('Print a mail. Its content is printed only while it waits to be sent.')
    .argument('[id]', 'the id of the mail', wholeNumber())
    .option('--last', 'the newest one')
    .option('--code', 'only its code; its link, if it has no code')
    .option('--link', 'only its link')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nWithout LATCHKEY_SMTP_URL, on a server that only its own machine can reach, every mail stays here.\n' +
        examples(
          'latchkey mail show 12',
          'latchkey mail show --last --code',
          'latchkey mail show --last --link',
        ),
    )
    .action((id: number | undefined, _options: unknown, self: Command) =>
      show(id, self.optsWithGlobals<MailFlags>()),
    );

  mail
    .command('resend')
    .description('Send a waiting mail now, and not only when it is due.')
    .argument('<id>', 'the id of the mail', wholeNumber())
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey mail resend 12'))
    .action((id: number, _options: unknown, self: Command) =>
      resend(id, self.optsWithGlobals<MailFlags>()),
    );

  mail
    .command('bounce')
    .description('Read a returned mail from standard input. Use it in an alias of the mail server.')
    .option('--to <email>', 'the recipient of the returned mail, if the mail server passes it')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nExit status 75 asks the mail server to try again later. A mail that is not a report is ignored.\n' +
        examples(
          'latchkey mail bounce < report.eml',
          'latchkey mail bounce --to "$ORIGINAL_RECIPIENT"',
        ),
    )
    .action((_options: unknown, self: Command) => bounce(self.optsWithGlobals<MailFlags>()));
}

async function loadTools() {
  const [{ listMails, mailJson, resendMail }, mail, { loadMailTexts }] = await Promise.all([
    import('../../features/administration/mail-admin/index.ts'),
    import('../../features/platform/mail/index.ts'),
    import('../../server/mail-texts.ts'),
  ]);
  return { ...mail, listMails, loadMailTexts, mailJson, resendMail };
}

async function list(flags: MailFlags): Promise<void> {
  await withTools(flags, loadTools, async (workspace, { listMails, mailJson }) => {
    const { mails } = await listMails(workspace, { state: flags.state }, { limit: flags.limit });
    if (flags.json) return printJson(mails.map(mailJson));
    if (mails.length === 0) return note('There is no mail.');
    printTable(
      ['ID', 'CREATED', 'KIND', 'TO', 'STATE', 'ATTEMPTS', 'LAST REPLY'],
      mails.map((mail) => [
        mail.id,
        moment(mail.createdAtMs),
        mail.kind,
        mail.email,
        mail.state,
        mail.attempts,
        mail.lastReply ?? '-',
      ]),
    );
  });
}

async function show(id: number | undefined, flags: MailFlags): Promise<void> {
  await withTools(flags, loadTools, async (workspace, tools) => {
    const { db } = workspace.database;
    if (id === undefined && !flags.last)
      throw new CommandError('Name a mail by its id, or say --last.');
    const found =
      id === undefined ? (await tools.findMails(db, {}, 1))[0] : await tools.findMail(db, id);
    if (!found) throw new CommandError('There is no such mail.');
    const content = await contentOf(found);
    if (flags.code || flags.link) {
      const { text = '' } = content;
      const code = flags.link ? undefined : /^ {4}(\d+)$/m.exec(text)?.[1];
      const part = code ?? /^https?:\S+$/m.exec(text)?.[0];
      if (part === undefined)
        throw new CommandError(content.why ?? 'It has neither code nor link.');
      return print(part);
    }
    if (flags.json) {
      const { subject = null, text = null } = content;
      return printJson({ ...tools.mailJson(found), subject, text });
    }
    printTable(
      ['ID', String(found.id)],
      [
        ['Kind', found.kind],
        ['To', found.email],
        ['State', found.state],
        ['Attempts', String(found.attempts)],
        ['Last reply', found.lastReply ?? 'none'],
        ['Created', moment(found.createdAtMs)],
        ['Expires', moment(found.expiresAtMs)],
      ],
    );
    if (content.text === undefined) return note(`\n${content.why}`);
    print(`\n${printable(content.subject ?? '')}\n`);
    print(content.text.split('\n').map(printable).join('\n'));

    async function contentOf(
      mail: NonNullable<typeof found>,
    ): Promise<{ subject?: string; text?: string; why?: string }> {
      const { knownSecrets } = await import('../../workspace/secret-keys.ts');
      const { settings, config } = workspace;
      const added = await tools.loadMailTexts(workspace.config);
      try {
        return await tools.readMail(mail, {
          ...{ settings, publicUrl: config.publicUrl },
          secretKeys: knownSecrets(config),
          texts: tools.createMailTexts(settings.texts, added),
        });
      } catch (error) {
        if (error instanceof tools.UnreadableMail) return { why: error.message };
        throw error;
      }
    }
  });
}

async function resend(id: number, flags: MailFlags): Promise<void> {
  await withTools(flags, loadTools, async (workspace, { resendMail, mailJson }) => {
    const mail = await resendMail(workspace, cliActor(), id).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'not_found') throw new CommandError('There is no such mail.');
      if (error.code !== 'mail_finished') throw error;
      throw new CommandError(
        `Mail ${id} was sent or given up, and its content is wiped. Request a new one.`,
      );
    });
    if (flags.json) return printJson(mailJson(mail));
    print(`The next server that looks sends mail ${mail.id}.`);
  });
}

/** Reports are small; what is behind this is not kept. */
const maxReportBytes = 512 * 1024;

/**
 * Whatever somebody sends, a mail server must not send it back; only where the database cannot be used it tries again.
 *
 * @throws TryLater
 */
async function bounce(flags: MailFlags): Promise<void> {
  const bytes = await readInput();
  try {
    await withTools(flags, loadTools, async (workspace, { noteBounce }) => {
      const { knownSecrets } = await import('../../workspace/secret-keys.ts');
      const deps = { ...workspace, secretKeys: knownSecrets(workspace.config) };
      const outcome = await noteBounce(deps, cliActor(), bytes, flags.to);
      if (flags.json) return printJson(outcomeJson(outcome));
      print(outcomeText(outcome));
    });
  } catch (error) {
    throw new TryLater(explainError(error).text);
  }
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of terminal().stdin) {
    if (length < maxReportBytes) chunks.push(Buffer.from(chunk as Uint8Array));
    length += (chunk as Uint8Array).length;
  }
  return Buffer.concat(chunks).subarray(0, maxReportBytes);
}

function outcomeJson(outcome: BounceOutcome) {
  switch (outcome.kind) {
    case 'bounced':
      return { mail_id: outcome.mailId, status: outcome.status, is_marked: outcome.isMarked };
    case 'nothing to do':
      return { mail_id: outcome.mailId, status: null, is_marked: false };
    default:
      return { mail_id: null, status: null, is_marked: false };
  }
}

function outcomeText(outcome: BounceOutcome): string {
  switch (outcome.kind) {
    case 'no report':
      return 'This is not a delivery report. It was ignored.';
    case 'not ours':
      return 'This is not a report about a mail of this server. It was ignored.';
    case 'nothing to do':
      return `Mail ${outcome.mailId} is not lost, or it was known already.`;
    case 'bounced':
      return outcome.isMarked
        ? `Mail ${outcome.mailId} came back (${outcome.status}): its email is marked as unreachable.`
        : `Mail ${outcome.mailId} came back (${outcome.status}). Its email stays as it is.`;
  }
}
