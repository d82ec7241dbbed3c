import type { Logger } from 'pino';
import type { Database, Db } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { OperatorError } from '../../../lib/operator-error.ts';
import { packageInfo } from '../../../lib/own-package.ts';
import { type EventRow, insertEvent } from './audit.queries.ts';
import {
  type ChainRow,
  findLastLink,
  findLastSealedUnder,
  findSealedEvents,
  findUnsealedEvents,
  hasUnsealedEvents,
  insertChain,
  lockChain,
  moveChain,
  sealEventRows,
} from './chain.queries.ts';
import {
  genesis,
  hashEvent,
  judgeChain,
  judgeLink,
  type Link,
  type SealKey,
  type SealKeys,
  sealChain,
  sealLink,
} from './chain.ts';
import { type AuditEvent, record, rowOf } from './record.ts';

export interface SealDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sealKeys: SealKeys;
}

/**
 * The log is sealed with a newer secret than this process has. Waiting events are sealed by a process that has it.
 */
export class HandedOverError extends OperatorError {
  override readonly name = 'HandedOverError';

  constructor() {
    super(
      'The audit log is sealed with a newer secret than this server has, and what happens waits for ' +
        'its seal. Restart the server with the newer one.',
    );
  }
}

/** How many events one transaction seals: some milliseconds, in which nobody else writes to SQLite. */
export const maxSealed = 200;

/**
 * Gives the waiting events their places in the chain, as one transaction: cut off at any moment, it has sealed all of
 * them or none. Of several processes that do it at once one goes first, and the others go on from there. Events that
 * commit late, with a lower id than those before, come later in the chain.
 *
 * @returns how many it sealed; if it is `maxSealed` there may be more
 * @throws HandedOverError
 */
export async function sealEvents(deps: SealDeps): Promise<number> {
  const { database, sealKeys } = deps;
  const { current } = sealKeys;
  if (!current || !(await hasUnsealedEvents(database.db))) return 0; // which costs no transaction
  return database.transact(async (trx) => {
    await refuseHandedOver(sealKeys, current, trx);
    return sealWaiting(deps, current, trx);
  });
}

/**
 * Begins the chain if there is none. If an older secret has sealed its end, it hands the chain over, so that the
 * older secret can be dropped and nothing is lost. To be done when a server starts.
 *
 * @param goesOn from an end under a newer secret too, which is then a break
 * @throws HandedOverError
 */
export async function adoptChain(deps: SealDeps, { goesOn = true } = {}): Promise<void> {
  const { database, sealKeys } = deps;
  const { current } = sealKeys;
  if (!current) return;
  await database.transact(async (trx) => {
    if (!goesOn) await refuseHandedOver(sealKeys, current, trx);
    const chain = await lockChain(trx);
    if (chain?.keyId !== current.id) await sealWaiting(deps, current, trx);
  });
}

/**
 * A process that runs while its secret is replaced must not take its successor's end for a break. The last event
 * under our own seal proves it: only somebody who has our secret can have made that.
 */
export async function refuseHandedOver(
  sealKeys: SealKeys,
  current: SealKey,
  trx: Db,
): Promise<void> {
  const chain = await lockChain(trx);
  if (!chain || judgeChain(sealKeys, chain) !== 'unknown key') return;
  const last = await findLastSealedUnder(trx, current.id);
  if (last?.kind !== 'secret.adopted') return;
  const sequence = last.sequence - 1;
  const [before] = await findSealedEvents(trx, sequence, sequence, 1);
  const link = hashEvent({ sequence, hash: before?.hash ?? chain.anchorHash }, last);
  if (judgeLink(sealKeys, link, last) === 'good') throw new HandedOverError();
}

const bySystem = (clock: Clock) => ({ actor: { kind: 'system' }, atMs: clock.nowMs() }) as const;

async function sealWaiting(deps: SealDeps, key: SealKey, trx: Db): Promise<number> {
  const chain = await lockOrBegin(deps, key, trx);
  const waiting = await findUnsealedEvents(trx, maxSealed);
  const { start, first } = await findStart(deps, key, chain, trx);
  const events = first
    ? [first, ...waiting.filter(({ id }) => id !== first.event.id).map(sealedWith(key))]
    : waiting.map(sealedWith(key));
  let last = start;
  const rows = events.map(({ event, by }) => {
    last = hashEvent(last, event);
    return { id: event.id, ...last, seal: sealLink(by, last), keyId: by.id };
  });
  const sealed = await sealEventRows(deps.database, trx, rows);
  const end = sealChain(key, { ...chain, headSequence: last.sequence, headHash: last.hash });
  const isMoved = await moveChain(trx, chain, end);
  if (!isMoved || sealed !== rows.length)
    throw new Error('The audit log was sealed by two at once.');
  return sealed;
}

const sealedWith = (by: SealKey) => (event: EventRow) => ({ event, by });

/** The row that says where the chain ends, locked; made if there is none. */
async function lockOrBegin({ clock }: SealDeps, key: SealKey, trx: Db): Promise<ChainRow> {
  const chain = await lockChain(trx);
  if (chain) return chain;
  const first = sealChain(key, {
    headSequence: genesis.sequence,
    headHash: genesis.hash,
    anchorSequence: genesis.sequence,
    anchorHash: genesis.hash,
    anchorAtMs: null,
  });
  const isBegun = await insertChain(trx, first);
  if (isBegun && !(await findLastLink(trx))) {
    const details = { version: packageInfo().version };
    await record(trx, { kind: 'audit.started', ...bySystem(clock), details });
  }
  return (await lockChain(trx)) as ChainRow;
}

/**
 * Where the chain goes on, and with which event. Where an older secret of ours has sealed its end, the
 * first event says who follows, under the older one's seal: that is how a process knows it which has
 * nothing but the older one. Where the end cannot be checked, because somebody wrote to the tables or the
 * secret is another, not to go on would lose what comes, and to go on silently would vouch for what was
 * changed. So the first event from there on says it.
 */
async function findStart(deps: SealDeps, key: SealKey, chain: ChainRow, trx: Db) {
  const { sealKeys, clock, log } = deps;
  const head: Link = { sequence: chain.headSequence, hash: chain.headHash };
  const last = await findLastLink(trx);
  const verdict = judgeChain(sealKeys, chain);
  const insert = (event: AuditEvent) => insertEvent(trx, rowOf(event));
  if (verdict === 'good' && (last?.sequence ?? 0) <= head.sequence) {
    const older = sealKeys.find(chain.keyId);
    if (!older || older.id === key.id) return { start: head };
    const details = { key_id: key.id };
    const event = await insert({ kind: 'secret.adopted', ...bySystem(clock), details });
    return { start: head, first: { event, by: older } };
  }
  const anchor: Link = { sequence: chain.anchorSequence, hash: chain.anchorHash };
  const start = last ?? anchor;
  log.error({ verdict, sequence: start.sequence }, 'the chain of the audit log is broken');
  const details = { last_sequence: start.sequence };
  const event = await insert({ kind: 'audit.chain_broken', ...bySystem(clock), details });
  return { start, first: { event, by: key } };
}
