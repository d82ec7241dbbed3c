import type { Database, Db } from '../db/database.ts';
import { AppError } from '../errors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { isMailTextSetting, type MailTextSetting } from './mail-text-settings.ts';
import {
  isSettingName,
  parseSetting,
  type SettingName,
  type SettingValue,
  type SettingValues,
} from './registry.ts';
import {
  deleteSetting,
  findLatestChangeId,
  findSettingChange,
  findSettingChanges,
  findStoredSetting,
  insertSettingChange,
  type SettingChange,
  upsertSetting,
} from './settings.queries.ts';

/** The author of a change of a setting, and the reason; both are kept for good. */
export interface ChangeOrigin {
  readonly actor: string;
  readonly reason: string;
  /** The last change of the setting that the actor knows of; 0: none. Absent: any. */
  readonly expectedVersion?: number | undefined;
  /** Does more in the transaction of the change; features hand in that it is recorded. */
  readonly onStored?: (trx: Db, change: SettingChange) => Promise<void>;
}

/** The history does not have the change that was asked for. */
export class UnknownChangeError extends Error {
  override readonly name = 'UnknownChangeError';
}

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/** Stores a value and its history entry in one transaction; undefined goes back to the default. */
async function change(
  { database, clock }: Deps,
  name: SettingName | MailTextSetting,
  to: SettingValue | undefined,
  { actor, reason, expectedVersion, onStored }: ChangeOrigin,
): Promise<SettingChange> {
  // Serializable: the history has the value that was there before, in the order of the changes.
  const changed = await database.transact(
    async (trx) => {
      if (expectedVersion !== undefined) {
        const version = await findLatestChangeId(trx, name);
        if (version !== expectedVersion) {
          throw new AppError('version_conflict', {
            detail: `${name} was changed meanwhile: see change ${version}.`,
          });
        }
      }
      const from = await findStoredSetting(trx, name);
      if (to === undefined) await deleteSetting(trx, name);
      else await upsertSetting(trx, name, to);
      const entry = { name, from, to, actor, reason, changedAtMs: clock.nowMs() };
      const stored = { id: await insertSettingChange(trx, entry), ...entry };
      await onStored?.(trx, stored);
      return stored;
    },
    { isolation: 'serializable' },
  );
  database.noteChange();
  return changed;
}

/**
 * Sets a setting for every process.
 *
 * @param value a valid value of the setting: `parseSetting` reads it from text
 * @throws AppError `version_conflict`
 */
export function setSetting<Name extends SettingName>(
  deps: Deps,
  name: Name,
  value: SettingValues[Name],
  origin: ChangeOrigin,
): Promise<SettingChange> {
  return change(deps, name, value, origin);
}

/**
 * Sets a setting back to its default.
 *
 * @throws AppError `version_conflict`
 */
export function resetSetting(
  deps: Deps,
  name: SettingName,
  origin: ChangeOrigin,
): Promise<SettingChange> {
  return change(deps, name, undefined, origin);
}

/**
 * Sets a text for every process; undefined: back to the one that it replaces.
 *
 * @param text a text that its reader accepts
 * @throws AppError `version_conflict`
 */
export function setText(
  deps: Deps,
  name: MailTextSetting,
  text: string | undefined,
  origin: ChangeOrigin,
): Promise<SettingChange> {
  return change(deps, name, text, origin);
}

/**
 * Undoes one change: the setting gets the value that it had before it. This is recorded as a change itself.
 *
 * @param changeId as the history has it
 * @throws UnknownChangeError if the history does not have the change
 * @throws SettingValueError if the bounds do not allow the earlier value any more
 */
export async function rollbackSetting(
  deps: Deps,
  changeId: number,
  origin: ChangeOrigin,
): Promise<SettingChange> {
  const undone = await findSettingChange(deps.database.db, changeId);
  const { name = '', from } = undone ?? {};
  // A text that could be set once is set again; one that is not of use any more counts for nothing.
  if (isMailTextSetting(name)) return change(deps, name, from, origin);
  if (!isSettingName(name)) {
    throw new UnknownChangeError(`The history has no change ${changeId}. See "settings history".`);
  }
  return change(
    deps,
    name,
    from === undefined ? undefined : parseSetting(name, String(from)),
    origin,
  );
}

/** The newest changes first; if a change is named, only the changes before it. */
export function settingHistory(
  { database }: Pick<Deps, 'database'>,
  filter: {
    name?: SettingName | MailTextSetting | undefined;
    beforeId?: number | undefined;
    limit: number;
  },
): Promise<SettingChange[]> {
  return findSettingChanges(database.db, filter);
}
