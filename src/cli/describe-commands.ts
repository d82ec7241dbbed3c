import type { Command } from 'commander';

/** One command of the command line, as data: for the reference page, and for the test of it. */
export interface CommandDescription {
  /** `latchkey users create`. */
  readonly name: string;
  readonly description: string;
  /** `latchkey users create [options] <email>`. */
  readonly usage: string;
  readonly arguments: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionDescription[];
  /** What stands below its options: remarks, and command lines that work. */
  readonly remarks: string;
}

export interface OptionDescription {
  /** `--limit <number>`. */
  readonly flags: string;
  readonly description: string;
  readonly default?: unknown;
}

/** A command and all that are below it, each before its own. */
export function describeCommands(command: Command, parent = ''): CommandDescription[] {
  const name = `${parent} ${command.name()}`.trim();
  return [
    {
      name,
      description: command.description(),
      usage: `${name} ${command.usage()}`,
      arguments: command.registeredArguments.map((argument) => ({
        name: argument.name(),
        description: argument.description,
      })),
      options: command.options.map(({ flags, description, defaultValue, negate }) => ({
        flags,
        description,
        ...(defaultValue !== undefined &&
          defaultValue !== '' &&
          !negate && { default: defaultValue }),
      })),
      remarks: remarksOf(command),
    },
    ...command.commands.flatMap((below) => describeCommands(below, name)),
  ];
}

/** What `addHelpText('after', ...)` was given: commander has it in the printed help alone. */
function remarksOf(command: Command): string {
  const output = command.configureOutput();
  let printed = '';
  command.configureOutput({
    ...output,
    writeOut: (text) => {
      printed += text;
    },
  });
  command.outputHelp();
  const remarks = printed.slice(command.helpInformation().length).trim();
  command.configureOutput(output);
  return remarks;
}
