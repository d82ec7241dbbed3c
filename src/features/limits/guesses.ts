import { AppError } from '../../errors.ts';
import type { Answer } from '../../lib/answer.ts';
import type { LimitKey, LimitName } from './limit-windows.ts';

/** What a guess is counted against if it is wrong. */
export type CountedAs = readonly [LimitName, LimitKey];

/** A check of a password, under limits. It is over when it is disposed of. */
export interface Guess extends Disposable {
  /**
   * It is wrong, and counts.
   *
   * @throws AppError `rate_limited` where others failed meanwhile, so that this one is not answered
   */
  fail(): Promise<void>;
  /**
   * It is right, and does not count.
   *
   * @throws AppError as `fail`
   */
  succeed(): Promise<void>;
}

/** How guesses are counted; see `Limits`. */
interface Counts {
  /** How many more may be wrong; throws `rate_limited` where none may. */
  left(limit: LimitName, key: LimitKey): Answer<number>;
  count(limit: LimitName, key: LimitKey): Answer<void>;
}

/** The guesses of one key that are under way, and how those that wait for one of them are told. */
interface Gate {
  underWay: number;
  ended: PromiseWithResolvers<void>;
}

/** How many guesses wait for others; past that the server is busy. */
const maxWaiting = 1_000;

/**
 * Lets no more guesses at a password be under way than may still be wrong. The others wait until one
 * has ended: so a flood costs no more hashes than its limit, however many come at once, and any number
 * of right passwords at once all pass.
 */
export function createGuesses({ left, count }: Counts) {
  const gates = new Map<string, Gate>();
  let waiting = 0;

  async function enter(counted: CountedAs): Promise<() => void> {
    const name = counted.join(' ');
    for (;;) {
      const allowed = await left(...counted);
      const gate = gates.get(name) ?? { underWay: 0, ended: Promise.withResolvers<void>() };
      if (gate.underWay < allowed) {
        gate.underWay += 1;
        gates.set(name, gate);
        return () => leave(name, gate);
      }
      if (waiting >= maxWaiting) throw new AppError('overloaded', { log: { limit: counted[0] } });
      waiting += 1;
      await gate.ended.promise;
      waiting -= 1;
    }
  }

  function leave(name: string, gate: Gate): void {
    gate.underWay -= 1;
    if (gate.underWay === 0) gates.delete(name);
    gate.ended.resolve();
    gate.ended = Promise.withResolvers();
  }

  /**
   * Begins a guess, or waits until it may begin.
   *
   * @throws AppError `rate_limited`, or `overloaded` where too many wait
   */
  return async (...counted: readonly CountedAs[]): Promise<Guess> => {
    const leaves: (() => void)[] = [];
    const dispose = () => {
      for (const end of leaves.splice(0)) end();
    };
    try {
      for (const each of counted) leaves.push(await enter(each));
    } catch (error) {
      dispose();
      throw error;
    }
    return {
      async fail() {
        for (const each of counted) await count(...each);
      },
      async succeed() {
        for (const each of counted) await left(...each);
      },
      [Symbol.dispose]: dispose,
    };
  };
}
