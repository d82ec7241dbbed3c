import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { countOf } from '../../lib/words.ts';
import { CommandError, UsageError } from '../../terminal/command-error.ts';
import { jsonOption, print, printable, printJson } from '../../terminal/output.ts';
import { asCalled } from '../../terminal/own-program.ts';
import { terminal } from '../../terminal/terminal.ts';
import type { Finding } from '../doctor/finding.ts';
import { examples } from '../examples.ts';

interface DoctorFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly dns?: boolean;
  readonly clock?: string;
}

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('Check for problems and say how to solve them. Changes nothing.')
    .option('--dns', 'ask the DNS what others know of the domain that mail comes from')
    .option('--clock <url>', 'compare the clock with that of a web server')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nWorks while the server runs, and where it does not start. The exit status is 1\n' +
        'where there is a problem; warnings do not count. It does not know the flags that\n' +
        'the server was started with: give it the same environment. Where one runs on the SQLite\n' +
        'file, it knows host, port, public URL and RP ID of it. A LATCHKEY_PUBLIC_URL of its own, or a\n' +
        'LATCHKEY_PASSKEY_RP_ID, comes first: so you see what would become of a new one.\n' +
        examples(
          'latchkey doctor',
          'latchkey doctor --data /var/lib/latchkey --json',
          'latchkey doctor --clock https://www.example.com',
        ),
    )
    .action((_options: unknown, command: Command) =>
      examine(command.optsWithGlobals<DoctorFlags>()),
    );
}

async function examine(flags: DoctorFlags): Promise<void> {
  const { examineAll } = await import('../doctor/checks.ts');
  const findings = await examineAll(flags, {
    dns: flags.dns ?? false,
    clock: readUrl(flags.clock),
  });
  if (flags.json) printJson(findings);
  else for (const finding of findings) printFinding(finding);
  const count = (wanted: Finding['status']) =>
    findings.filter(({ status }) => status === wanted).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const found = [
    ...(problems > 0 ? [countOf(problems, 'problem')] : []),
    ...(warnings > 0 ? [countOf(warnings, 'warning')] : []),
  ].join(' and ');
  if (problems > 0) throw new CommandError(`${found} found.`);
  if (!flags.json) print(found === '' ? '\nNo problems found.' : `\n${found} found, no problem.`);
}

/** @throws UsageError if a text is not the URL of a web server */
function readUrl(text: string | undefined): string | undefined {
  if (text === undefined || /^https?:\/\/[^/]/.test(text)) return text;
  throw new UsageError(
    `--clock: "${printable(text)}" is not a URL. Give one such as https://example.com.`,
  );
}

const colours = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
const statusWidth = 'problem'.length;
const checkWidth = 'integrity check'.length;

function printFinding({ status, check, message, advice }: Finding): void {
  const label = styleText(colours[status], status.padEnd(statusWidth), {
    stream: terminal().stdout,
  });
  print(`${label}  ${check.padEnd(checkWidth)}  ${asCalled(printable(message))}`);
  const indent = ' '.repeat(statusWidth + checkWidth + 4);
  if (advice !== undefined) print(`${indent}${asCalled(printable(advice))}`);
}
