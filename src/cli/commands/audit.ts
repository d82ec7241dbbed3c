import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type { ListedEvent, Verification } from '../../features/platform/audit/index.ts';
import { nearest } from '../../lib/nearest.ts';
import { countOf } from '../../lib/words.ts';
import { CommandError, UsageError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  moment,
  note,
  print,
  printJson,
  printTable,
  timestamp,
} from '../../terminal/output.ts';
import { knownSecrets } from '../../workspace/secret-keys.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { examples } from '../examples.ts';
import { userName } from '../user-name.ts';
import { wholeNumber } from '../whole-number.ts';

interface AuditFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly expect?: string;
  readonly from?: number;
  readonly kind?: string;
  readonly user?: string;
  readonly actor?: string;
  readonly ip?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly after?: string;
}

const userOption = 'the id, or the email of a user who is not deleted';

const maxListed = 1_000;

export function addAuditCommands(program: Command): void {
  const audit = program
    .command('audit')
    .description('Read the audit log, and check that nobody has changed it.')
    .addHelpText('after', examples('latchkey audit verify'));

  audit
    .command('verify')
    .description('Verify the whole log and report changed, removed and inserted events.')
    .option('--expect <end>', 'an end that an earlier run printed: it must still be in the log')
    .option('--from <place>', 'verify only from this place in the chain on', wholeNumber())
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nThe exit status is 1 if anything is wrong or cannot be checked. Keep the end that it\n' +
        'prints on another machine: --expect then notices if the whole log was replaced by an\n' +
        'older copy.\n' +
        examples('latchkey audit verify', 'latchkey audit verify --from 4712 --json'),
    )
    .action((_options: unknown, command: Command) => verify(command.optsWithGlobals()));

  audit
    .command('list')
    .description('List audit events, newest first.')
    .option('--kind <kind>', 'only this kind of event')
    .option('--user <user>', `only what is about this user: ${userOption}`)
    .option('--actor <user>', 'only what this user did')
    .option('--ip <ip>', 'only events from this IP')
    .option('--since <moment>', 'from this moment on, such as 2026-03-01 or 2026-03-01T08:00:00Z')
    .option('--until <moment>', 'before this moment')
    .option('--limit <number>', `how many, up to ${maxListed}`, wholeNumber(maxListed), 50)
    .option('--after <cursor>', 'continue after this cursor, which the previous list printed')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'latchkey audit list --kind login.failed --since 2026-03-01',
        'latchkey audit list --user ada@example.com',
        'latchkey audit list --actor 7 --limit 1000 --json',
      ),
    )
    .action((_options: unknown, command: Command) => list(command.optsWithGlobals()));

  audit
    .command('kinds')
    .description('List the kinds of events.')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey audit kinds'))
    .action((_options: unknown, command: Command) => listKinds(command.optsWithGlobals()));
}

async function verify(flags: AuditFlags): Promise<void> {
  const [{ withWorkspace }, { createSealKeys, headText, parseHead, verifyChain }] =
    await Promise.all([
      import('../../workspace/workspace.ts'),
      import('../../features/platform/audit/index.ts'),
    ]);
  const expected = flags.expect === undefined ? undefined : parseHead(flags.expect);
  if (flags.expect !== undefined && !expected) {
    throw new UsageError(
      '--expect takes an end as this command prints it: a number, ":" and a hash.',
    );
  }
  await withWorkspace(flags, async ({ config, database }) => {
    const sealKeys = createSealKeys(knownSecrets(config));
    const options = { expected, fromSequence: flags.from };
    const verification = await verifyChain({ database, sealKeys }, options);
    const { problemCount, uncertain, isEndKnown, head } = verification;
    const end = head.sequence === 0 ? null : headText(head);
    if (flags.json) printJson(jsonOf(verification, end));
    else report(verification, end);
    if (problemCount > 0) throw new CommandError(`${countOf(problemCount, 'problem')} found.`);
    if (uncertain > 0 || !isEndKnown) {
      throw new CommandError(
        `${countOf(uncertain, 'event')} cannot be checked: the secret that sealed them is not here.`,
      );
    }
  });
}

function report(verification: Verification, end: string | null): void {
  const { checked, after, waiting, oldestWaitingMs, problems, problemCount } = verification;
  print(`Checked ${countOf(checked, 'event')}.`);
  if (after.atMs !== null) {
    print(
      `The log begins after place ${after.sequence} (${moment(after.atMs)}): older events were removed.`,
    );
  }
  for (const { text } of problems) print(text);
  if (problemCount > problems.length) print(`And ${problemCount - problems.length} more.`);
  if (end !== null) print(`The end of the chain: ${end}`);
  if (waiting === 0) return;
  const since = oldestWaitingMs === null ? '' : `, the oldest since ${moment(oldestWaitingMs)}`;
  note(
    `${countOf(waiting, 'event')} not sealed yet${since}; a server that runs does it within a second.`,
  );
}

function jsonOf(verification: Verification, end: string | null) {
  const { checked, after, waiting, uncertain, isEndKnown, problems, problemCount } = verification;
  return {
    checked,
    begins_after: after.sequence,
    begins_after_at: after.atMs === null ? null : timestamp(after.atMs),
    end,
    is_end_known: isEndKnown,
    waiting,
    uncertain,
    problem_count: problemCount,
    problems: problems.map(({ sequence, eventId, text }) => ({
      sequence,
      event_id: eventId,
      text,
    })),
  };
}

async function list(flags: AuditFlags): Promise<void> {
  const [{ withWorkspace }, tools] = await Promise.all([
    import('../../workspace/workspace.ts'),
    import('../../features/platform/audit/index.ts'),
  ]);
  const { kind, ip, since, until, limit, after: cursor } = flags;
  if (kind !== undefined) requireKind(kind, tools.auditKindNames);
  await withWorkspace(flags, async (workspace) => {
    const user_id = await userId(workspace, flags.user);
    const actor_id = await userId(workspace, flags.actor);
    const filter = tools.readEventFilter({ kind, user_id, actor_id, ip, since, until });
    const { events, nextCursor } = await tools.listEvents(workspace, filter, { limit, cursor });
    if (flags.json) printJson(events);
    else if (events.length > 0) printEvents(events);
    else if (nextCursor === undefined) note('Nothing was recorded.');
    if (nextCursor !== undefined) note(`There are more: --after ${nextCursor}`);
  });
}

/** @throws UsageError if there is no such kind */
function requireKind(kind: string, kinds: readonly string[]): void {
  if (kinds.includes(kind)) return;
  const meant = nearest(kind, kinds);
  throw new UsageError(
    `There is no kind of event "${kind}". ${meant ? `Did you mean ${meant}?` : 'See: latchkey audit kinds'}`,
  );
}

/** An id needs no user: the log also has deleted users. */
async function userId(workspace: Workspace, text?: string): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const name = userName(text);
  if ('id' in name) return name.id;
  const { findUser } = await import('../../features/administration/user-admin/index.ts');
  return (await findUser(workspace, name)).id;
}

async function listKinds({ json }: AuditFlags): Promise<void> {
  const { auditKind, auditKindNames } = await import('../../features/platform/audit/index.ts');
  const kinds = auditKindNames.map((kind) => ({ kind, description: auditKind(kind).description }));
  if (json) return printJson(kinds);
  printTable(
    ['KIND', 'WHAT HAPPENED'],
    kinds.map(({ kind, description }) => [kind, description]),
  );
}

function printEvents(events: readonly ListedEvent[]): void {
  printTable(
    ['WHEN', 'KIND', 'BY', 'USER', 'IP', 'DETAILS'],
    events.map((event) => [
      moment(Date.parse(event.at)),
      event.kind,
      actorOf(event),
      event.user_id ?? '',
      event.ip ?? '',
      JSON.stringify(event.details),
    ]),
  );
}

function actorOf({ actor: { kind, id, name } }: ListedEvent): string {
  const which = id ?? name;
  return which === null ? kind : `${kind}:${which}`;
}
