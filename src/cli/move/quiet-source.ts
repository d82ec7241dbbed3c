import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/database.ts';
import { countServerConnections } from '../../db/postgres/inspect.ts';
import { acquireServerLock, processWords, type ServerLock } from '../../db/sqlite/server-lock.ts';
import type { Clock } from '../../lib/clock.ts';
import { countOf } from '../../lib/words.ts';
import { settingHistory } from '../../settings/change-settings.ts';
import { CommandError } from '../../terminal/command-error.ts';
import { note } from '../../terminal/output.ts';

/**
 * How long after the switch to maintenance a request may still change something: one that was accepted before, and
 * waited for its hash and its turn at the database.
 */
const settleMs = 15_000;

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/**
 * Makes sure that no server changes a database that is about to be moved: no server runs (and on SQLite none can
 * start until the lock is released), or the running servers are in maintenance.
 *
 * @throws CommandError if a server runs that is not in maintenance
 */
export async function quietSource(deps: Deps): Promise<ServerLock> {
  const { database } = deps;
  if (database.engine === 'sqlite') {
    const lock = acquireServerLock(database.location);
    if ('release' in lock) return lock;
    if (!lock.isInMaintenance) await requireMaintenance(deps, `A server${processWords(lock)} runs`);
  } else {
    const count = await countServerConnections(database);
    if (count > 0)
      await requireMaintenance(deps, `${countOf(count, 'connection')} of Latchkey work`);
  }
  return { release() {} };
}

async function requireMaintenance({ database, clock }: Deps, who: string): Promise<void> {
  const [change] = await settingHistory({ database }, { name: 'MAINTENANCE_MODE', limit: 1 });
  if (change?.to !== true) {
    throw new CommandError(
      `${who} on ${database.location}. Stop every server, or let them change nothing meanwhile: ` +
        'latchkey settings set MAINTENANCE_MODE true',
    );
  }
  const leftMs = change.changedAtMs + settleMs - clock.nowMs();
  if (leftMs <= 0) return;
  note('Waiting for what was under way when the servers went into maintenance.');
  await sleep(leftMs);
}
