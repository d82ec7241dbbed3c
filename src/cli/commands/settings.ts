import { type Command, InvalidArgumentError } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { nearest } from '../../lib/nearest.ts';
import { changeJson } from '../../settings/change-json.ts';
import type { ChangeOrigin } from '../../settings/change-settings.ts';
import {
  isSettingName,
  parseSetting,
  type SettingDefinition,
  type SettingName,
  type SettingValue,
  settingDefinition,
  settingNames,
} from '../../settings/registry.ts';
import type { SettingChange } from '../../settings/settings.queries.ts';
import type { SettingView } from '../../settings/settings.ts';
import { formatWords } from '../../settings/text-settings.ts';
import { valueText } from '../../settings/value-text.ts';
import { UsageError } from '../../terminal/command-error.ts';
import { jsonOption, moment, note, print, printJson, printTable } from '../../terminal/output.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { wholeNumber } from '../whole-number.ts';

interface SettingFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly reason: string;
  readonly limit: number;
}

const nameArgument = 'the name of the setting, from "latchkey settings list"';
const reasonOption = ['--reason <text>', 'why; kept in the history', reasonText, ''] as const;
const maxReasonLength = 500;
const maxHistory = 1_000;

export function addSettingsCommands(program: Command): void {
  const settings = program
    .command('settings')
    .description(
      'List and change the live settings. A change applies to all processes without a restart.',
    )
    .addHelpText('after', examples('latchkey settings set ACCESS_TOKEN_LIFETIME 60'));

  settings
    .command('list')
    .description('List all settings, with value, source and allowed values.')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey settings list'))
    .action((_options: unknown, command: Command) => list(flagsOf(command)));

  settings
    .command('get')
    .description('Print the value of one setting.')
    .argument('<name>', nameArgument)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey settings get ACCESS_TOKEN_LIFETIME'))
    .action((name: string, _options: unknown, command: Command) => get(name, flagsOf(command)));

  settings
    .command('set')
    .description('Change a setting. It applies from the next request on.')
    .argument('<name>', nameArgument)
    .argument('<value>', 'the value; times are in seconds')
    .option(...reasonOption)
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples('latchkey settings set REFRESH_TOKEN_LIFETIME 604800 --reason "audit of March"'),
    )
    .action((name: string, value: string, _options: unknown, command: Command) =>
      set(name, value, flagsOf(command)),
    );

  settings
    .command('reset')
    .description('Reset a setting to its default.')
    .argument('<name>', nameArgument)
    .option(...reasonOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey settings reset ACCESS_TOKEN_LIFETIME'))
    .action((name: string, _options: unknown, command: Command) => reset(name, flagsOf(command)));

  settings
    .command('history')
    .description('List the changes of settings, newest first: what, when, by whom and why.')
    .argument('[name]', 'only of this setting')
    .option('--limit <number>', `how many, up to ${maxHistory}`, wholeNumber(maxHistory), 50)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey settings history ACCESS_TOKEN_LIFETIME --limit 10'))
    .action((name: string | undefined, _options: unknown, command: Command) =>
      history(name, flagsOf(command)),
    );

  settings
    .command('rollback')
    .description('Undo one change: the setting gets its previous value.')
    .argument('<change>', 'the id of the change, from "latchkey settings history"', wholeNumber())
    .option(...reasonOption)
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey settings rollback 3 --reason "logged people out"'))
    .action((change: number, _options: unknown, command: Command) =>
      rollback(change, flagsOf(command)),
    );
}

function flagsOf(command: Command): SettingFlags {
  return command.optsWithGlobals<SettingFlags>();
}

function reasonText(text: string): string {
  if (text.length <= maxReasonLength) return text;
  throw new InvalidArgumentError(`Give at most ${maxReasonLength} characters.`);
}

/** @throws UsageError if there is no such setting */
function settingName(text: string): SettingName {
  if (isSettingName(text)) return text;
  const meant = nearest(text, settingNames);
  throw new UsageError(
    `There is no setting "${text}". ${meant ? `Did you mean ${meant}?` : 'See: latchkey settings list'}`,
  );
}

/** Runs a task on the database. What that takes is loaded only now: help must not wait for it. */
async function withSettings(
  flags: ConfigFlags,
  task: (workspace: Workspace) => Promise<void> | void,
): Promise<void> {
  const { withWorkspace } = await import('../../workspace/workspace.ts');
  await withWorkspace(flags, async (workspace) => task(workspace));
}

async function list(flags: SettingFlags): Promise<void> {
  await withSettings(flags, ({ settings }) => {
    const views = settingNames.map((name) => settings.view(name));
    if (flags.json) return printJson(views.map(jsonOfView));
    printTable(
      ['NAME', 'VALUE', 'FROM', 'DEFAULT', 'ALLOWED', 'GROUP'],
      views.map(({ name, value, source }) => {
        const definition = settingDefinition(name);
        const standard = withWords(definition, definition.default);
        const words = withWords(definition, value);
        return [name, words, source, standard, allowed(definition), definition.group];
      }),
    );
  });
}

async function get(text: string, flags: SettingFlags): Promise<void> {
  const name = settingName(text);
  await withSettings(flags, ({ settings }) => {
    const view = settings.view(name);
    if (flags.json) printJson(jsonOfView(view));
    else print(String(view.value));
  });
}

async function set(text: string, value: string, flags: SettingFlags): Promise<void> {
  const name = settingName(text);
  const { setSetting } = await import('../../settings/change-settings.ts');
  await withSettings(flags, async (workspace) => {
    const origin = await originOf(flags);
    const change = await setSetting(workspace, name, parseSetting(name, value), origin);
    await report(change, workspace, flags);
  });
}

async function reset(text: string, flags: SettingFlags): Promise<void> {
  const name = settingName(text);
  const { resetSetting } = await import('../../settings/change-settings.ts');
  await withSettings(flags, async (workspace) => {
    await report(await resetSetting(workspace, name, await originOf(flags)), workspace, flags);
  });
}

async function rollback(change: number, flags: SettingFlags): Promise<void> {
  const { rollbackSetting } = await import('../../settings/change-settings.ts');
  await withSettings(flags, async (workspace) => {
    await report(await rollbackSetting(workspace, change, await originOf(flags)), workspace, flags);
  });
}

async function history(text: string | undefined, flags: SettingFlags): Promise<void> {
  const filter = {
    limit: flags.limit,
    ...(text !== undefined && { name: settingName(text) }),
  };
  const { settingHistory } = await import('../../settings/change-settings.ts');
  await withSettings(flags, async (workspace) => {
    const changes = await settingHistory(workspace, filter);
    if (flags.json) return printJson(changes.map(changeJson));
    if (changes.length === 0) return note('Nothing was ever changed.');
    printTable(
      ['CHANGE', 'WHEN', 'NAME', 'OLD', 'NEW', 'BY', 'REASON'],
      changes.map((change) => [
        change.id,
        moment(change.changedAtMs),
        change.name,
        briefly(change.name, change.from),
        briefly(change.name, change.to),
        change.actor,
        change.reason,
      ]),
    );
  });
}

async function originOf({ reason }: SettingFlags): Promise<ChangeOrigin> {
  const { auditedChange } = await import('../../features/platform/settings-admin/index.ts');
  return auditedChange({ actor: cliActor(), reason });
}

/** Says what a change did, and what has no effect: the change itself, or what it makes of others. */
async function report(
  change: SettingChange,
  workspace: Workspace,
  flags: SettingFlags,
): Promise<void> {
  if (flags.json) printJson(changeJson(change));
  else if (change.from === change.to) {
    print(`${change.name} was ${valueInWords(change.name, change.to)} already.`);
  } else {
    const from = valueInWords(change.name, change.from);
    print(`${change.name} is ${valueInWords(change.name, change.to)} now; it was ${from}.`);
    note(`To undo: latchkey settings rollback ${change.id}`);
  }
  const { settings } = workspace;
  if (isSettingName(change.name) && settings.isPinned(change.name)) {
    note(
      `Warning: LATCHKEY_${change.name} is set in the environment, and holds it at ` +
        `${settings.get(change.name)}. What you stored counts once a server runs without it.`,
    );
  } else if (change.name === 'SECOND_FACTOR_POLICY' && change.to === 'off') {
    await noteIgnoredRoles(workspace);
  }
}

/** Says which roles require a second factor although nothing can be required any more. */
async function noteIgnoredRoles({ database }: Workspace): Promise<void> {
  const { findIgnoredRoles } = await import('../ignored-roles.ts');
  const ignored = await findIgnoredRoles(database.db);
  if (ignored) note(`Warning: ${ignored.message}. ${ignored.advice}`);
}

/** A value in the table of the history; undefined: the default. */
function briefly(name: string, value: SettingValue | undefined): SettingValue {
  const definition = isSettingName(name) ? settingDefinition(name) : undefined;
  if (value === undefined || definition?.type !== 'text') return value ?? 'default';
  return valueText(definition, value);
}

/** Undefined: the default. */
function valueInWords(name: string, value: SettingValue | undefined): string {
  if (!isSettingName(name)) return String(value ?? 'the default');
  const definition = settingDefinition(name);
  if (value !== undefined) return withWords(definition, value);
  return `${withWords(definition, definition.default)}, the default`;
}

/** A value as it is set, and what that is: `2592000 (30 days)`. */
function withWords(definition: SettingDefinition, value: SettingValue): string {
  if (value === 0) {
    return definition.type === 'integer' && definition.zero ? `0 (${definition.zero})` : '0';
  }
  const text = valueText(definition, value);
  const isDuration = definition.type === 'integer' && definition.unit === 'seconds';
  return isDuration ? `${value} (${text})` : text;
}

function allowed(definition: SettingDefinition): string {
  if (definition.type === 'choice') return definition.choices.join(' or ');
  if (definition.type === 'boolean') return 'true or false';
  if (definition.type === 'text') return formatWords(definition.format);
  const { minimum, maximum } = definition;
  return `${minimum} to ${withWords(definition, maximum)}`;
}

function jsonOfView({ name, value, source }: SettingView) {
  return { name, value, source, ...settingDefinition(name) };
}
