import type { SealedEvent } from './chain.queries.ts';
import { hashEvent, judgeLink, type Link, type SealKeys } from './chain.ts';

/** Something that is not as it was sealed. */
export interface Problem {
  /** The place in the chain. */
  readonly sequence: number;
  /** The event, if there is one. */
  readonly eventId: number | null;
  /** The error, for people. */
  readonly text: string;
}

/** After which the chain begins. */
export interface Anchor extends Link {
  readonly atMs: number | null;
}

const maxProblems = 20;

export function placesText(from: number, through: number): string {
  return from === through ? `Place ${from}` : `Places ${from} to ${through}`;
}

/** The state of the walk through the chain, from one event to the next. */
export function createWalk({
  sealKeys,
  anchor = { sequence: 0, hash: '', atMs: null },
  fromSequence,
  expected,
}: {
  sealKeys: SealKeys;
  anchor: Anchor | undefined;
  fromSequence: number;
  expected: Link | undefined;
}) {
  const problems: Problem[] = [];
  let problemCount = 0;
  let checked = 0;
  /** How many nothing vouches for so far: no good seal, of theirs or a later event's. */
  let open = 0;
  /** The same, of those before a break: later seals do not count for them. */
  let lost = 0;
  let after = anchor;
  /** The event before. Its hash is undefined if it is not known. */
  let last: { sequence: number; hash: string | undefined } = anchor;
  if (fromSequence - 1 > anchor.sequence) {
    after = { sequence: fromSequence - 1, hash: '', atMs: null };
    last = { sequence: fromSequence - 2, hash: undefined }; // the one before is read for its hash
  }

  function problem(sequence: number, text: string, eventId: number | null = null): void {
    problemCount += 1;
    if (problems.length < maxProblems) problems.push({ sequence, eventId, text });
  }

  function skip(from: number, through: number): void {
    problem(from, `${placesText(from, through)}: gone.`);
    last = { sequence: through, hash: undefined };
  }

  /**
   * Looks at one event.
   *
   * @returns whether its seal is right, and the hash to go on from, if it is known
   */
  function judge(row: SealedEvent): { isSealed: boolean; hash: string | undefined } {
    const { sequence, id } = row;
    const stored = { sequence, hash: row.hash ?? '' };
    const verdict = judgeLink(sealKeys, stored, row);
    const computed =
      last.hash === undefined ? stored : hashEvent({ ...last, hash: last.hash }, row);
    if (computed.hash !== stored.hash) {
      problem(sequence, `Place ${sequence}: event ${id} was changed.`, id);
      if (verdict !== 'forged') return { isSealed: verdict === 'good', hash: stored.hash };
      const isRight = judgeLink(sealKeys, computed, row) === 'good'; // then its hash was changed
      return { isSealed: false, hash: isRight ? computed.hash : undefined };
    }
    if (verdict === 'forged') {
      problem(sequence, `Place ${sequence}: event ${id} has a seal that is not ours.`, id);
      return { isSealed: false, hash: undefined };
    }
    return { isSealed: verdict === 'good', hash: stored.hash };
  }

  function compareExpected({ sequence, hash }: { sequence: number; hash: string | undefined }) {
    if (expected?.sequence !== sequence || hash === undefined || hash === expected.hash) return;
    problem(sequence, `Place ${sequence}: its hash is not the one that was kept.`);
  }

  return {
    problem,
    /** The place that comes next. */
    next: () => last.sequence + 1,
    /** The events before have been removed because of their age. */
    beginAfter(later: Anchor): void {
      if (later.sequence <= last.sequence) return;
      after = later;
      last = later;
    },
    visit(row: SealedEvent): void {
      const { sequence } = row;
      if (sequence > last.sequence + 1) skip(last.sequence + 1, sequence - 1);
      if (sequence <= after.sequence) {
        last = { sequence, hash: row.hash ?? '' };
        return;
      }
      if (row.kind === 'audit.chain_broken' && sequence > fromSequence) {
        lost += open;
        open = 0;
        problem(
          sequence,
          `Place ${sequence}: the server could not check what was before, and went on. To check ` +
            `what came after alone: --from ${sequence}`,
          row.id,
        );
      }
      const { isSealed, hash } = judge(row);
      checked += 1;
      open = isSealed ? 0 : open + 1;
      last = { sequence, hash };
      compareExpected(last);
    },
    /**
     * @param endsAt the last place that there should be
     * @param hash the sealed end of the chain; undefined if it is not known
     */
    end(endsAt: number, hash: string | undefined): void {
      if (endsAt > last.sequence) skip(last.sequence + 1, endsAt);
      if (hash !== undefined && last.hash !== undefined && last.hash !== hash) {
        problem(endsAt, `Place ${endsAt}: not the end that was sealed.`);
      } else if (hash !== undefined) {
        open = 0;
      }
      if (!expected) return;
      if (expected.sequence > endsAt) {
        const { sequence } = expected;
        problem(sequence, `The chain ends before place ${sequence}, which it had reached.`);
      }
      if (expected.sequence === after.sequence && after.hash !== '') compareExpected(after);
      else if (expected.sequence <= after.sequence) {
        const { sequence } = expected;
        problem(
          sequence,
          `Place ${sequence} is not there any more to be compared: keep newer ends.`,
        );
      }
    },
    result: () => ({ checked, after, uncertain: lost + open, problems, problemCount }),
  };
}
