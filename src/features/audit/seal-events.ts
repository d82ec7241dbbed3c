import type { Logger } from 'pino';
import type { Database, Db } from '../../db/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { packageInfo } from '../../lib/own-package.ts';
import { insertEvent } from './audit.queries.ts';
import {
  type ChainRow,
  findLastLink,
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

/** How many events one transaction seals: some milliseconds, in which nobody else writes to SQLite. */
export const maxSealed = 200;

/**
 * Gives the events that wait their places in the chain, as one transaction: cut off at any moment, it has
 * sealed all of them or none. Of several processes that do it at once one goes first, and the others go
 * on from there. Events that commit late, with a lower id than those before, come later in the chain.
 *
 * @returns how many it sealed; where it is `maxSealed` there may be more
 */
export async function sealEvents(deps: SealDeps): Promise<number> {
  const { database, sealKeys } = deps;
  const { current } = sealKeys;
  if (!current || !(await hasUnsealedEvents(database.db))) return 0; // which costs no transaction
  return database.transact((trx) => sealWaiting(deps, current, trx));
}

/**
 * Begins the chain where there is none, and seals its end anew where an older secret has, so that the
 * older one can be dropped and nothing is lost with it. To be done when a server starts.
 */
export async function adoptChain(deps: SealDeps): Promise<void> {
  const { database, sealKeys, clock } = deps;
  const { current } = sealKeys;
  if (!current) return;
  await database.transact(async (trx) => {
    const chain = await lockChain(trx);
    if (chain?.key_id === current.id) return;
    if (chain && judgeChain(sealKeys, chain) === 'good') {
      const details = { key_id: current.id };
      await record(trx, { kind: 'secret.adopted', ...bySystem(clock), details });
    }
    await sealWaiting(deps, current, trx);
  });
}

const bySystem = (clock: Clock) => ({ actor: { kind: 'system' }, atMs: clock.nowMs() }) as const;

async function sealWaiting(deps: SealDeps, key: SealKey, trx: Db): Promise<number> {
  const chain = await lockOrBegin(deps, key, trx);
  const waiting = await findUnsealedEvents(trx, maxSealed);
  const { start, breach } = await findStart(deps, chain, trx);
  const events = breach ? [breach, ...waiting.filter(({ id }) => id !== breach.id)] : waiting;
  let last = start;
  const rows = events.map((event) => {
    last = hashEvent(last, event);
    return { id: event.id, ...last, seal: sealLink(key, last) };
  });
  const sealed = await sealEventRows(deps.database, trx, rows, key.id);
  const end = sealChain(key, { ...chain, head_sequence: last.sequence, head_hash: last.hash });
  const isMoved = await moveChain(trx, chain, end);
  if (!isMoved || sealed !== rows.length)
    throw new Error('The audit log was sealed by two at once.');
  return sealed;
}

/** The row that says where the chain ends, locked; made where there is none. */
async function lockOrBegin({ clock }: SealDeps, key: SealKey, trx: Db): Promise<ChainRow> {
  const chain = await lockChain(trx);
  if (chain) return chain;
  const first = sealChain(key, {
    head_sequence: genesis.sequence,
    head_hash: genesis.hash,
    anchor_sequence: genesis.sequence,
    anchor_hash: genesis.hash,
    anchor_at_ms: null,
  });
  const isBegun = await insertChain(trx, first);
  if (isBegun && !(await findLastLink(trx))) {
    const details = { version: packageInfo().version };
    await record(trx, { kind: 'audit.started', ...bySystem(clock), details });
  }
  return (await lockChain(trx)) as ChainRow;
}

/**
 * Where the chain goes on. Where its end cannot be checked, because somebody wrote to the tables or the
 * secret is another, not to go on would lose what comes, and to go on silently would vouch for what was
 * changed. So the first event from there on says it.
 */
async function findStart({ sealKeys, clock, log }: SealDeps, chain: ChainRow, trx: Db) {
  const head: Link = { sequence: chain.head_sequence, hash: chain.head_hash };
  const last = await findLastLink(trx);
  const verdict = judgeChain(sealKeys, chain);
  if (verdict === 'good' && (last?.sequence ?? 0) <= head.sequence) return { start: head };
  const anchor: Link = { sequence: chain.anchor_sequence, hash: chain.anchor_hash };
  const start = last ?? anchor;
  log.error({ verdict, sequence: start.sequence }, 'the chain of the audit log is broken');
  const details = { last_sequence: start.sequence };
  const event: AuditEvent = { kind: 'audit.chain_broken', ...bySystem(clock), details };
  return { start, breach: await insertEvent(trx, rowOf(event)) };
}
