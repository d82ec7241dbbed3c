import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import {
  type ChangeOrigin,
  resetSetting,
  rollbackSetting,
  type SettingChange,
  setSetting,
} from '../../../settings/change-settings.ts';
import type { SettingName } from '../../../settings/registry.ts';
import { type Actor, actorText, record } from '../audit/index.ts';

/** What operators and administrators do with settings. Each change is recorded with the change. */

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/** Who changes a setting, and why. */
export interface SettingChanger {
  readonly actor: Actor;
  readonly reason: string;
  /** The last change that they know of; see `ChangeOrigin`. */
  readonly expectedVersion?: number | undefined;
}

/**
 * Sets a setting for every process.
 *
 * @param text the value as text
 * @throws SettingValueError, AppError `version_conflict`
 */
export async function changeSetting(
  deps: Deps,
  name: SettingName,
  text: string,
  by: SettingChanger,
): Promise<SettingChange> {
  return setSetting(deps, name, text, originOf(by));
}

/**
 * Sets a setting back to its default.
 *
 * @throws AppError `version_conflict`
 */
export async function restoreDefault(
  deps: Deps,
  name: SettingName,
  by: SettingChanger,
): Promise<SettingChange> {
  return resetSetting(deps, name, originOf(by));
}

/**
 * Undoes one change: the setting gets the value that it had before it.
 *
 * @throws UnknownChangeError, SettingValueError, AppError `version_conflict`
 */
export async function undoChange(
  deps: Deps,
  changeId: number,
  by: SettingChanger,
): Promise<SettingChange> {
  return rollbackSetting(deps, changeId, originOf(by));
}

function originOf({ actor, reason, expectedVersion }: SettingChanger): ChangeOrigin {
  return {
    ...{ actor: actorText(actor), reason, expectedVersion },
    onStored: (trx, { id, name, from = null, to = null, changedAtMs }) =>
      record(trx, {
        ...{ kind: 'setting.changed', actor, atMs: changedAtMs },
        details: { name, from, to, reason, change_id: id },
      }),
  };
}
