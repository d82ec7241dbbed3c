import type { Database } from '../../../db/database.ts';
import { deleteLeasesOf, takeLease, takeLeaseAlone } from './leases.queries.ts';

/** What one node at a time has: the right, and the duty, to do some work for all of them. */
export interface Leases {
  /** For how long a lease is good that is not renewed. */
  readonly lifetimeMs: number;
  /**
   * Whether this node has a lease, which it takes where nobody has it. Asks the database only where
   * its own knowledge does not do: half the lifetime before it ends, and where another node has it
   * three times in a lifetime.
   *
   * @throws AppError `database_unavailable`
   */
  take(name: string): Promise<boolean>;
  /** Whether a lease that was taken is still this node's, as far as can be known without asking. */
  isHeld(name: string): boolean;
  /** Gives up all of them, so that another node need not wait; takes none from now on. */
  release(): Promise<void>;
}

interface Holding {
  /** By `performance.now()`. Counted from before it was asked for, so it ends before the database's. */
  heldUntil: number;
  askAgainAt: number;
  asking: Promise<boolean> | undefined;
}

export function createLeases(
  { database, nodeId }: { readonly database: Database; readonly nodeId: string },
  lifetimeMs: number,
): Leases {
  const holdings = new Map<string, Holding>();
  let isReleased = false;

  async function ask(name: string, holding: Holding): Promise<boolean> {
    const askedAt = performance.now();
    if (database.engine === 'sqlite') {
      await takeLeaseAlone(database.db, name, nodeId);
      holding.heldUntil = Number.POSITIVE_INFINITY;
      return true;
    }
    const isOurs = await takeLease(database.db, { name, nodeId, lifetimeMs });
    holding.heldUntil = isOurs ? askedAt + lifetimeMs : 0;
    holding.askAgainAt = askedAt + lifetimeMs / 3;
    return isOurs;
  }

  async function take(name: string): Promise<boolean> {
    if (isReleased) return false;
    const now = performance.now();
    const holding = holdings.get(name) ?? { heldUntil: 0, askAgainAt: 0, asking: undefined };
    holdings.set(name, holding);
    if (holding.heldUntil - now > lifetimeMs / 2) return true;
    if (holding.heldUntil <= now && holding.askAgainAt > now) return false;
    holding.asking ??= ask(name, holding).finally(() => {
      holding.asking = undefined;
    });
    return holding.asking;
  }

  return {
    lifetimeMs,
    take,
    isHeld: (name) => (holdings.get(name)?.heldUntil ?? 0) > performance.now(),
    async release() {
      isReleased = true;
      await Promise.allSettled([...holdings.values()].map(({ asking }) => asking));
      for (const holding of holdings.values()) holding.heldUntil = 0;
      await deleteLeasesOf(database.db, nodeId);
    },
  };
}
