import { Command, CommanderError } from 'commander';
import { ConfigError } from './config.ts';
import { addConfigFlags } from './config-options.ts';
import { addOpenapiCommand } from './openapi.ts';
import { addServeCommand } from './serve.ts';

export const exitStatus = { ok: 0, failed: 1, usage: 2 } as const;

export function createProgram(): Command {
  const program = addConfigFlags(new Command('latchkey'), 'data', 'database')
    .description('A self-hosted authentication server.')
    .showHelpAfterError('Run with --help to see what is possible.')
    .exitOverride();
  addServeCommand(program);
  addOpenapiCommand(program);
  return program;
}

/** Runs one command line and gives its exit status; says on standard error what went wrong. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
    return exitStatus.ok;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
    if (error instanceof ConfigError) {
      const faults = error.faults.map((fault) => `  - ${fault}`).join('\n');
      process.stderr.write(`The configuration has faults:\n${faults}\n`);
      return exitStatus.usage;
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return exitStatus.failed;
  }
}
