import { type Command, InvalidArgumentError } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { AppError } from '../../errors/index.ts';
import type { ChangeOrigin } from '../../settings/change-settings.ts';
import { CommandError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  note,
  print,
  printable,
  printJson,
  printTable,
} from '../../terminal/output.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { withTools } from '../with-tools.ts';

interface TextFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly reason: string;
}

const languageArgument = 'such as en or de';
const nameArgument = 'the name of the text, from "latchkey mail-texts list"';
const maxReasonLength = 500;

export function addMailTextCommands(program: Command): void {
  const texts = program
    .command('mail-texts')
    .description(
      'Show and replace the texts of mails. A change applies to mails that are sent from then on.',
    )
    .addHelpText('after', examples('latchkey mail-texts list de'));

  texts
    .command('list')
    .description('List the texts of a language, where each comes from, and its placeholders.')
    .argument('<language>', languageArgument)
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nTexts that are missing in a language are in English.\n' +
        examples('latchkey mail-texts list en', 'latchkey mail-texts list de --json'),
    )
    .action((language: string, _options: unknown, self: Command) => list(language, flagsOf(self)));

  texts
    .command('set')
    .description('Replace a text. It is an ICU message, with the placeholders of the text.')
    .argument('<language>', languageArgument)
    .argument('<name>', nameArgument)
    .argument('<text>', 'the new text')
    .option('--reason <text>', 'why; kept in the history', reasonText, '')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples('latchkey mail-texts set en password_reset.subject "Your new password for {site}"'),
    )
    .action((language: string, name: string, text: string, _options: unknown, self: Command) =>
      set({ language, name }, text, flagsOf(self)),
    );

  texts
    .command('reset')
    .description('Remove the replacement of a text, so that mails have the original text again.')
    .argument('<language>', languageArgument)
    .argument('<name>', nameArgument)
    .option('--reason <text>', 'why; kept in the history', reasonText, '')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey mail-texts reset en password_reset.subject'))
    .action((language: string, name: string, _options: unknown, self: Command) =>
      set({ language, name }, undefined, flagsOf(self)),
    );
}

const flagsOf = (command: Command) => command.optsWithGlobals<TextFlags>();

function reasonText(text: string): string {
  if (text.length <= maxReasonLength) return text;
  throw new InvalidArgumentError(`Give at most ${maxReasonLength} characters.`);
}

async function loadTools() {
  const [{ listMailTexts, readMailText, resetMailText, setMailText }, mail, server] =
    await Promise.all([
      import('../../features/administration/mail-admin/index.ts'),
      import('../../features/platform/mail/index.ts'),
      import('../../server/mail-texts.ts'),
    ]);
  const { createMailTexts } = mail;
  const { loadMailTexts } = server;
  const texts = { listMailTexts, readMailText, resetMailText, setMailText };
  return { ...texts, createMailTexts, loadMailTexts };
}

type Tools = Awaited<ReturnType<typeof loadTools>>;
type TextDeps = Awaited<ReturnType<typeof textDeps>>;

async function textDeps(workspace: Workspace, { createMailTexts, loadMailTexts }: Tools) {
  const added = await loadMailTexts(workspace.config);
  return { ...workspace, mailTexts: createMailTexts(workspace.settings.texts, added) };
}

async function list(language: string, flags: TextFlags): Promise<void> {
  await withTools(flags, loadTools, async (workspace, tools) => {
    const deps = await textDeps(workspace, tools);
    requireLanguage(deps, language);
    const items = await tools.listMailTexts(deps, language);
    if (flags.json) return printJson(items);
    printTable(
      ['NAME', 'FROM', 'PLACEHOLDERS', 'TEXT'],
      items.map((item) => [
        item.name,
        item.text_locale === language ? item.source : item.text_locale,
        item.placeholders.join(' '),
        item.text,
      ]),
    );
    const bad = items.filter(({ problem }) => problem !== null);
    for (const { name, problem } of bad) note(`Warning: ${name}: ${problem}`);
  });
}

/** @param text undefined: back to what it was without the change */
async function set(
  { language, name }: { language: string; name: string },
  text: string | undefined,
  flags: TextFlags,
): Promise<void> {
  await withTools(flags, loadTools, async (workspace, tools) => {
    const deps = await textDeps(workspace, tools);
    requireLanguage(deps, language);
    const path = { locale: language, name };
    const origin = await originOf(flags);
    try {
      if (text === undefined) await tools.resetMailText(deps, path, origin);
      else await tools.setMailText(deps, path, text, origin);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      throw new CommandError(
        `There is no text ${printable(name)}. To see all: latchkey mail-texts list ${language}`,
      );
    }
    const now = await tools.readMailText(deps, path);
    if (flags.json) return printJson(now);
    print(`${name} in ${language} is now: ${printable(now.text)}`);
    note(`To undo: latchkey settings rollback ${now.version}`);
  });
}

/** @throws CommandError which languages there are */
function requireLanguage({ mailTexts }: TextDeps, language: string): void {
  const { languages } = mailTexts;
  if (languages.includes(language)) return;
  throw new CommandError(
    `There are no texts in ${printable(language)}, but in ${languages.join(', ')}. ` +
      'A language is added by the file that LATCHKEY_MAIL_TEXTS names.',
  );
}

async function originOf({ reason }: TextFlags): Promise<ChangeOrigin> {
  const { auditedChange } = await import('../../features/platform/settings-admin/index.ts');
  return auditedChange({ actor: cliActor(), reason });
}
