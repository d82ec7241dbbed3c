import { CompiledQuery } from 'kysely';

/** Half of what live settings may take to reach every node. */
const pauseMs = 500;

/** The tables that every node keeps in memory: a few rows in all. */
const query = CompiledQuery.raw(
  `select name as key, value as state from settings
   union all
   select kid, cast(revoked_at_ms as text) from signing_keys
   order by key`,
);

type Ask = <Row>(query: CompiledQuery<Row>) => Promise<Row[]>;

/**
 * Looks in the background whether settings or signing keys have changed, from the first time that
 * somebody wants to know. Where the database does not answer, nothing is said to have changed.
 */
export function watchChanges(ask: Ask) {
  let changes = 0;
  let seen: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function look(): Promise<void> {
    try {
      const state = JSON.stringify(await ask(query));
      // The first look counts as a change: what was there before it is not known.
      if (state !== seen) changes += 1;
      seen = state;
    } catch {
      // The next look tells.
    }
    if (!isStopped) lookLater();
  }

  function lookLater(): void {
    timer = setTimeout(look, pauseMs).unref();
  }

  return {
    changes(): number {
      if (!timer && !isStopped) lookLater();
      return changes;
    },
    noteChange(): void {
      changes += 1;
    },
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
