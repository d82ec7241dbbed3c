import type { Deps } from '../../../deps.ts';
import { createSealKeys } from './chain.ts';
import { isSecretForeign } from './foreign-secrets.ts';
import { pruneEvents } from './prune-events.ts';
import { adoptChain, maxSealed, type SealDeps, sealEvents } from './seal-events.ts';

/** How long an event waits for its seal, when there is little to do. */
const sealPauseMs = 1_000;
const prunePauseMs = 600_000;

type AuditDeps = Pick<
  Deps,
  'database' | 'settings' | 'clock' | 'log' | 'secretKey' | 'secretKeyFallbacks'
>;

/** What sealing needs, from what every feature has. */
export function sealDepsOf(deps: AuditDeps): SealDeps {
  return {
    ...deps,
    sealKeys: createSealKeys([deps.secretKey, ...(deps.secretKeyFallbacks ?? [])]),
  };
}

/**
 * Seals recorded events in the background. A node may begin to do it long after its start, when the log was handed
 * over to a secret that it does not have. Only a node that found such an end when it started may go on from it.
 */
export async function sealingWork(deps: SealDeps) {
  const goesOn = await isSecretForeign(deps.database.db, deps.sealKeys);
  let isAdopted = false;
  return {
    name: 'audit',
    firstPauseMs: sealPauseMs,
    retryPauseMs: sealPauseMs,
    failure: 'could not seal the audit log',
    async run() {
      if (!isAdopted) await adoptChain(deps, { goesOn });
      isAdopted = true;
      return (await sealEvents(deps)) < maxSealed ? sealPauseMs : 'more';
    },
  };
}

/** Removes events that are older than `AUDIT_RETENTION`, in the background. */
export function pruningWork(deps: SealDeps & Pick<Deps, 'settings'>) {
  return {
    name: 'audit',
    firstPauseMs: sealPauseMs,
    retryPauseMs: prunePauseMs,
    failure: 'could not remove old events of the audit log',
    async run() {
      const retentionMs = deps.settings.get('AUDIT_RETENTION') * 1000;
      const isMore = await pruneEvents(deps, deps.clock.nowMs() - retentionMs);
      return isMore ? 'more' : prunePauseMs;
    },
  };
}

/** Seals what is left when a server stops; what cannot be waits for the next one. */
export async function sealRest(deps: SealDeps & Pick<Deps, 'settings'>): Promise<void> {
  if (deps.settings.get('MAINTENANCE_MODE')) return;
  try {
    while ((await sealEvents(deps)) >= maxSealed);
  } catch (error) {
    deps.log.warn({ err: error }, 'could not seal the last events of the audit log');
  }
}
