import type { ChangeOrigin } from '../../../settings/change-settings.ts';
import { type Actor, actorText, record } from '../audit/index.ts';

/** Who changes a setting, and why. */
export interface SettingChanger {
  readonly actor: Actor;
  readonly reason: string;
  /** The last change that they know of; see `ChangeOrigin`. */
  readonly expectedVersion?: number | undefined;
}

/** What operators and administrators change settings with: each change is recorded with the change. */
export function auditedChange({ actor, reason, expectedVersion }: SettingChanger): ChangeOrigin {
  return {
    ...{ actor: actorText(actor), reason, expectedVersion },
    onStored: (trx, { id, name, from = null, to = null, changedAtMs }) =>
      record(trx, {
        ...{ kind: 'setting.changed', actor, atMs: changedAtMs },
        details: { name, from, to, reason, change_id: id },
      }),
  };
}
