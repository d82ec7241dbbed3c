import { AppError } from '../../../errors/index.ts';
import type { Answer } from '../../../lib/answer.ts';
import type { CountedAs, EventCounts } from './limit-windows.ts';

/** The limits that count a guess, by its outcome. */
export interface CountedGuess {
  readonly ifWrong: readonly CountedAs[];
  /** Limits for right guesses too, because each costs something; absent: none. */
  readonly ifRight?: readonly CountedAs[] | undefined;
}

/** A check of a password, under limits. It is over when it is disposed of. */
export interface Guess extends Disposable {
  /**
   * The guess is wrong, and counts.
   *
   * @throws AppError `rate_limited` if others failed meanwhile, so that this one is not answered
   */
  fail(): Promise<void>;
  /**
   * It is right, and counts where right ones do.
   *
   * @throws AppError as `fail`
   */
  succeed(): Promise<void>;
}

/** How wrong guesses are counted. */
export interface GuessCounts {
  /**
   * How many more may be wrong, for each of these.
   *
   * @throws AppError `rate_limited` if none may
   */
  left(counted: readonly CountedAs[]): Answer<readonly number[]>;
  /**
   * Counts a wrong one against all of these.
   *
   * @throws AppError `rate_limited` if one of them allows no more
   */
  fail(counted: readonly CountedAs[]): Answer<void>;
  /** Takes back what was counted. */
  forget(counted: CountedAs): Answer<void>;
}

/** The guesses of one key that are under way, and how the waiting ones are told. */
interface Gate {
  underWay: number;
  ended: PromiseWithResolvers<void>;
}

/** How many guesses wait for others; past that the server is busy. */
const maxWaiting = 1_000;

/**
 * Lets no more guesses at a password be under way than may still be wrong, or right. The others wait until one
 * has ended: so a flood costs no more hashes than its limit, however many come at once, and any number
 * of right passwords at once all pass. It knows of the guesses of this process alone: what several
 * may do at once is written in docs/decisions/rate-limits.md.
 */
export function createGuesses(guesses: GuessCounts, events: EventCounts) {
  const gates = new Map<string, Gate>();
  let waiting = 0;

  const gateOf = (name: string): Gate =>
    gates.get(name) ?? { underWay: 0, ended: Promise.withResolvers<void>() };

  /** How many more may come, for each that a guess counts against. */
  async function left({ ifWrong, ifRight = [] }: CountedGuess): Promise<readonly number[]> {
    const wrong = await guesses.left(ifWrong);
    return [...wrong, ...(await events.left(ifRight))];
  }

  /** All of them or none, so that no waiting guess makes others wait. */
  async function enter(guess: CountedGuess): Promise<() => void> {
    const counted = [...guess.ifWrong, ...(guess.ifRight ?? [])];
    const names = counted.map((each) => each.join(' '));
    for (;;) {
      const before = names.map((name) => gates.get(name)?.ended);
      const allowed = await left(guess);
      // A guess that ended while we asked was perhaps counted after the answer was made.
      if (names.some((name, index) => gates.get(name)?.ended !== before[index])) continue;
      const busy = names
        .map(gateOf)
        .find(({ underWay }, index) => underWay >= (allowed[index] as number));
      if (!busy) break;
      if (waiting >= maxWaiting)
        throw new AppError('overloaded', { log: { limits: counted.map(([limit]) => limit) } });
      waiting += 1;
      await busy.ended.promise;
      waiting -= 1;
    }
    const entered = names.map((name) => {
      const gate = gateOf(name);
      gate.underWay += 1;
      gates.set(name, gate);
      return { name, gate };
    });
    return () => {
      for (const { name, gate } of entered.splice(0)) leave(name, gate);
    };
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
   * @throws AppError `rate_limited`, or `overloaded` if too many wait
   */
  return async (counted: CountedGuess): Promise<Guess> => {
    const end = await enter(counted);
    const { ifWrong, ifRight = [] } = counted;
    return {
      async fail() {
        await events.left(ifRight); // or whether it is refused would tell a wrong one from a right one
        await guesses.fail(ifWrong);
      },
      async succeed() {
        await left(counted);
        for (const each of ifRight) events.count(...each);
      },
      [Symbol.dispose]: end,
    };
  };
}
