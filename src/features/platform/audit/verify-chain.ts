import type { Database } from '../../../db/database.ts';
import {
  type ChainRow,
  countUnsealedEvents,
  findChain,
  findLastLink,
  findSealedEvents,
} from './chain.queries.ts';
import { judgeChain, type Link, type SealKeys } from './chain.ts';
import { type Anchor, createWalk, type Problem, placesText } from './walk-chain.ts';

export interface Verification {
  /** How many events were checked. */
  readonly checked: number;
  /** After which place: all up to it was removed because it was old, or was not asked for. */
  readonly after: Anchor;
  /** The end of the chain, to be kept elsewhere. */
  readonly head: Link;
  /** How many events wait for their place, and since when the oldest. */
  readonly waiting: number;
  readonly oldestWaitingMs: number | null;
  /** How many nothing vouches for: their secret is not here, and no good seal comes after them. */
  readonly uncertain: number;
  /** Whether the end of the chain is one that we have sealed; false: the secret is not here. */
  readonly isEndKnown: boolean;
  /** The first ones; `problemCount` says how many there are. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

export interface VerifyOptions {
  /** A head that was kept elsewhere. */
  readonly expected?: Link | undefined;
  /** Only from this place on. */
  readonly fromSequence?: number | undefined;
}

const pageSize = 1_000;

/**
 * Goes through the chain and says what is not as it was sealed. It only reads, page by page, while the
 * server goes on, up to where the chain ended when it began.
 */
export async function verifyChain(
  { database: { db }, sealKeys }: { database: Database; sealKeys: SealKeys },
  { expected, fromSequence = 1 }: VerifyOptions = {},
): Promise<Verification> {
  const last = await findLastLink(db); // before the end is read, which only moves on
  const chain = await findChain(db);
  const verdict = chain && judgeChain(sealKeys, chain);
  const head = chain ? headOf(chain) : { sequence: 0, hash: '' };
  const isTrusted = verdict === 'good';
  const endsAt = isTrusted ? head.sequence : (last?.sequence ?? 0);
  const walk = createWalk({ sealKeys, anchor: chain && anchorOf(chain), fromSequence, expected });

  while (walk.next() <= endsAt) {
    const rows = await findSealedEvents(db, walk.next(), endsAt, pageSize);
    if (rows[0]?.sequence !== walk.next()) {
      // Missing events may have been removed because of their age meanwhile: then the chain begins later by now.
      const now = await findChain(db);
      if (now && judgeChain(sealKeys, now) === 'good') walk.beginAfter(anchorOf(now));
    }
    if (rows.length === 0) break;
    for (const row of rows) if (row.sequence >= walk.next()) walk.visit(row);
  }
  walk.end(endsAt, isTrusted ? head.hash : undefined);
  if (verdict === 'forged') {
    walk.problem(head.sequence, 'The row that says where the chain ends was changed.');
  }
  if (!chain && last) {
    walk.problem(last.sequence, 'The row that says where the chain ends is gone.');
  }
  if (isTrusted && last && last.sequence > head.sequence) {
    const places = placesText(head.sequence + 1, last.sequence);
    walk.problem(last.sequence, `${places}: after the end of the chain, so inserted.`);
  }
  const { count, oldestMs } = await countUnsealedEvents(db);
  return {
    ...walk.result(),
    head,
    ...{ waiting: count, oldestWaitingMs: oldestMs, isEndKnown: verdict !== 'unknown key' },
  };
}

const headOf = (chain: ChainRow): Link => ({
  sequence: chain.headSequence,
  hash: chain.headHash,
});

const anchorOf = (chain: ChainRow): Anchor => ({
  sequence: chain.anchorSequence,
  hash: chain.anchorHash,
  atMs: chain.anchorAtMs,
});
