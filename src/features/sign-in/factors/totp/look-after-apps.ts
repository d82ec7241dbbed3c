import type { Deps } from '../../../../deps.ts';
import type { BackgroundWork } from '../../../platform/nodes/index.ts';
import {
  deleteUnconfirmed,
  findSecretsAfter,
  replaceSecret,
} from './authenticator-apps.queries.ts';
import { unconfirmedMs } from './authenticator-apps.ts';
import { openSecret, type SealDeps, sealSecret } from './sealed-secrets.ts';

const stepSize = 500;
const pauseMs = 60_000;

/** Removes authenticator apps that were not confirmed in time. */
export function sweepUnconfirmedApps({
  database: { db },
  clock,
}: Pick<Deps, 'database' | 'clock'>): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure: 'could not remove unconfirmed authenticator apps',
    async run() {
      const removed = await deleteUnconfirmed(db, clock.nowMs() - unconfirmedMs, stepSize);
      return removed === stepSize ? 'more' : pauseMs;
    },
  };
}

/**
 * Seals under the server's secret what an older one has sealed, some at a time, so that the older one can be dropped.
 *
 * @returns the last id that was looked at; undefined if there are no more
 */
async function resealAfter(
  deps: Pick<Deps, 'database'> & SealDeps,
  afterId: number,
): Promise<number | undefined> {
  const { db } = deps.database;
  const apps = await findSecretsAfter(db, afterId, stepSize);
  for (const app of apps) {
    const opened = openSecret(deps, app.secret, app);
    if (!opened?.isOld) continue;
    const to = sealSecret(deps, opened.secret, app);
    await replaceSecret(db, app.id, { from: app.secret, to });
  }
  return apps.length === stepSize ? apps.at(-1)?.id : undefined;
}

/** All of it at once, for a command. */
export async function resealApps(deps: Pick<Deps, 'database'> & SealDeps): Promise<void> {
  for (let id: number | undefined = 0; id !== undefined; ) id = await resealAfter(deps, id);
}

/** The pause between one walk and the next: another server may have sealed with what it still takes for the current one. */
const walkPauseMs = 3_600_000;

/** The same in the background, while there are older secrets. */
export function resealingApps(deps: Pick<Deps, 'database'> & SealDeps): BackgroundWork {
  let afterId = 0;
  return {
    name: 'keys',
    firstPauseMs: 5_000,
    retryPauseMs: pauseMs,
    failure: 'could not seal the secrets of authenticator apps again',
    async run() {
      if (!deps.secretKeyFallbacks?.length) return walkPauseMs;
      afterId = (await resealAfter(deps, afterId)) ?? 0;
      return afterId === 0 ? walkPauseMs : 'more';
    },
  };
}
