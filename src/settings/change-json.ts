import type { SettingChange } from './settings.queries.ts';

/** An entry of the history as the API and the command line give it; null: the default. */
export function changeJson(change: SettingChange) {
  return {
    id: change.id,
    name: change.name,
    from: change.from ?? null,
    to: change.to ?? null,
    actor: change.actor,
    reason: change.reason,
    changed_at: new Date(change.changedAtMs).toISOString(),
  };
}
