/** A queue that several parties share, such as networks and accounts; each item has one or more of them. */
export interface FairQueue<Item> {
  /** How many wait. */
  readonly size: number;
  /**
   * @param parties whose item it is, the widest first
   * @returns the item that is dropped because too many wait: the newest of the party that has the most
   *   waiting, which may be this one
   */
  push(item: Item, parties: readonly string[]): Item | undefined;
  /** Takes the item whose turn it is; undefined if the queue is empty. */
  take(): Item | undefined;
  /** Takes all, in the order of their arrival. */
  clear(): Item[];
}

interface Party {
  waiting: number;
  /** How much it was served, on the queue's own clock. This is its place in the order. */
  turn: number;
}

interface Entry<Item> {
  readonly item: Item;
  readonly parties: readonly Party[];
  /** The time of the queue's clock when the item arrived. So nobody saves up turns while away. */
  readonly arrivedAt: number;
}

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) in which an item may have several parties. The party that has
 * been served most decides: the items of somebody who has many wait behind each other, and not even many networks
 * make one account wait less. If those are level, the narrower party decides.
 *
 * Every step looks at all waiting items, so keep it to some thousands of items that each take milliseconds.
 */
export function createFairQueue<Item>(maxWaiting: number): FairQueue<Item> {
  let entries: Entry<Item>[] = [];
  const parties = new Map<string, Party>();
  let now = 0;

  function partyOf(name: string): Party {
    const party = parties.get(name) ?? { waiting: 0, turn: 0 };
    parties.set(name, party);
    return party;
  }

  /** The turns of an item: the largest first, then those of its parties from the narrowest. */
  function turnsOf({ parties: own, arrivedAt }: Entry<Item>): number[] {
    const turns = own.map(({ turn }) => Math.max(turn, arrivedAt)).reverse();
    return [Math.max(...turns), ...turns];
  }

  function remove(index: number): Entry<Item> {
    const [entry] = entries.splice(index, 1) as [Entry<Item>];
    for (const party of entry.parties) party.waiting -= 1;
    return entry;
  }

  /** The party with the most waiting items gives way, with its newest item. */
  function dropOne(): Item {
    const weights = entries.map(({ parties: own }) => {
      const counts = own.map(({ waiting }) => waiting);
      return [Math.max(...counts), ...counts.reverse()];
    });
    const heaviest = indexOfBest(weights, (a, b) => compare(a, b) >= 0);
    return remove(heaviest).item;
  }

  function forgetSettled(): void {
    if (entries.length === 0) {
      parties.clear();
      now = 0;
      return;
    }
    if (parties.size <= 4 * maxWaiting) return;
    for (const [name, { waiting, turn }] of parties) {
      if (waiting === 0 && turn <= now) parties.delete(name);
    }
  }

  return {
    get size() {
      return entries.length;
    },
    push(item, names) {
      const own = names.map(partyOf);
      for (const party of own) party.waiting += 1;
      entries.push({ item, parties: own, arrivedAt: now });
      return entries.length > maxWaiting ? dropOne() : undefined;
    },
    take() {
      if (entries.length === 0) return undefined;
      const turns = entries.map(turnsOf);
      const entry = remove(indexOfBest(turns, (a, b) => compare(a, b) < 0));
      const [start = now] = turnsOf(entry);
      // The clock moves one turn on when each of the waiting parties could have had one.
      now = Math.max(now + 1 / (entries.length + 1), start);
      for (const party of entry.parties) party.turn = Math.max(party.turn, entry.arrivedAt) + 1;
      forgetSettled();
      return entry.item;
    },
    clear() {
      const items = entries.map(({ item }) => item);
      entries = [];
      forgetSettled();
      return items;
    },
  };
}

/** The first index whose value is better than all before it. */
function indexOfBest<Value>(
  values: readonly Value[],
  isBetter: (value: Value, best: Value) => boolean,
): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) {
    if (isBetter(values[index] as Value, values[best] as Value)) best = index;
  }
  return best;
}

/** Compares two lists of numbers: by their first, then by their second. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
