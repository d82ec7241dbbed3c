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
    .option('--dns', 'look up the DNS records of the domain that mail is sent from')
    .option('--clock <url>', 'compare the clock with the clock of a web server')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nThe doctor works while the server runs, and also if the server does not start. The exit\n' +
        'status is 1 if there is a problem; warnings do not count. It does not know the flags of the\n' +
        'server: run it in the same environment. If a server runs on the SQLite file, the doctor\n' +
        'knows its host, port, public URL and RP ID. If LATCHKEY_PUBLIC_URL or\n' +
        'LATCHKEY_PASSKEY_RP_ID is set for the doctor, it checks that one, so you can try a new one\n' +
        'before the server has it.\n' +
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
