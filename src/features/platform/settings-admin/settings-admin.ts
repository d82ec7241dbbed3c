import type { ChangeOrigin } from '../../../settings/change-settings.ts';
import { isSettingName, type SettingValue, settingDefinition } from '../../../settings/registry.ts';
import { valueText } from '../../../settings/value-text.ts';
import { type Actor, actorText, record } from '../audit/index.ts';

/** The author of a change of a setting, and the reason. */
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
        details: {
          ...{ name, reason, change_id: id },
          ...{ from: recorded(name, from), to: recorded(name, to) },
        },
      }),
  };
}

/** A value as the audit log has it: of a picture what it is, and not its bytes. The history has those. */
function recorded(name: string, value: SettingValue | null): SettingValue | null {
  const definition = isSettingName(name) ? settingDefinition(name) : undefined;
  const isImage = definition?.type === 'text' && definition.format === 'image';
  return isImage && value !== null ? valueText(definition, value) : value;
}
