import type { Database, Db } from '../db/database.ts';
import { AppError } from '../errors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { isSettingName, parseSetting, type SettingName, type SettingValue } from './registry.ts';
import {
  deleteSetting,
  findLatestChangeId,
  findSettingChange,
  findSettingChanges,
  findStoredSetting,
  insertSettingChange,
  upsertSetting,
} from './settings.queries.ts';

/** Who changes a setting, and why; both are kept for good. */
export interface ChangeOrigin {
  readonly actor: string;
  readonly reason: string;
  /** The last change of the setting that whoever changes it knows of; 0: none. Absent: any. */
  readonly expectedVersion?: number | undefined;
  /** Does more in the transaction of the change; features hand in that it is recorded. */
  readonly onStored?: (trx: Db, change: SettingChange) => Promise<void>;
}

/** One entry of the history. `to` undefined: back to the default. */
export interface SettingChange {
  readonly id: number;
  readonly name: string;
  readonly from: SettingValue | undefined;
  readonly to: SettingValue | undefined;
  readonly actor: string;
  readonly reason: string;
  readonly changedAtMs: number;
}

/** What was asked of the history and is not there. */
export class UnknownChangeError extends Error {
  override readonly name = 'UnknownChangeError';
}

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/** Stores a value and its history entry in one transaction; null goes back to the default. */
async function store(
  { database, clock }: Deps,
  name: SettingName,
  newValue: string | null,
  origin: ChangeOrigin,
): Promise<SettingChange> {
  // Serializable: the history has the value that was there before, in the order of the changes.
  const change = await database.transact(
    async (trx) => {
      if (origin.expectedVersion !== undefined) {
        const version = await findLatestChangeId(trx, name);
        if (version !== origin.expectedVersion) {
          throw new AppError('version_conflict', {
            detail: `${name} was changed meanwhile: see change ${version}.`,
          });
        }
      }
      const oldValue = await findStoredSetting(trx, name);
      if (newValue === null) await deleteSetting(trx, name);
      else await upsertSetting(trx, name, newValue);
      const row = {
        name,
        old_value: oldValue,
        new_value: newValue,
        actor: origin.actor,
        reason: origin.reason,
        changed_at_ms: clock.nowMs(),
      };
      const stored = changeOf({ id: await insertSettingChange(trx, row), ...row });
      await origin.onStored?.(trx, stored);
      return stored;
    },
    { isolation: 'serializable' },
  );
  database.noteChange();
  return change;
}

/**
 * Sets a setting for every process.
 *
 * @param text the value as text
 * @throws SettingValueError where the setting cannot take it, AppError `version_conflict`
 */
export function setSetting(deps: Deps, name: SettingName, text: string, origin: ChangeOrigin) {
  const value = JSON.stringify(parseSetting(name, text));
  return store(deps, name, value, origin);
}

/**
 * Sets a setting back to its default.
 *
 * @throws AppError `version_conflict`
 */
export function resetSetting(deps: Deps, name: SettingName, origin: ChangeOrigin) {
  return store(deps, name, null, origin);
}

/**
 * Undoes one change: the setting gets the value that it had before it. The undoing is a change of
 * its own.
 *
 * @param changeId as the history has it
 * @throws UnknownChangeError where the history has no such change
 * @throws SettingValueError where the bounds do not allow the earlier value any more
 */
export async function rollbackSetting(deps: Deps, changeId: number, origin: ChangeOrigin) {
  const change = await findSettingChange(deps.database.db, changeId);
  if (!change || !isSettingName(change.name)) {
    throw new UnknownChangeError(`The history has no change ${changeId}. See "settings history".`);
  }
  if (change.old_value !== null) parseSetting(change.name, String(JSON.parse(change.old_value)));
  return store(deps, change.name, change.old_value, origin);
}

/** The newest changes first; only those before one, where that is named. */
export async function settingHistory(
  { database }: Pick<Deps, 'database'>,
  filter: { name?: SettingName | undefined; beforeId?: number | undefined; limit: number },
): Promise<SettingChange[]> {
  const rows = await findSettingChanges(database.db, filter);
  return rows.map(changeOf);
}

interface ChangeRow {
  id: number;
  name: string;
  old_value: string | null;
  new_value: string | null;
  actor: string;
  reason: string;
  changed_at_ms: number;
}

function changeOf(row: ChangeRow): SettingChange {
  const parse = (value: string | null) =>
    value === null ? undefined : (JSON.parse(value) as SettingValue);
  return {
    id: row.id,
    name: row.name,
    from: parse(row.old_value),
    to: parse(row.new_value),
    actor: row.actor,
    reason: row.reason,
    changedAtMs: row.changed_at_ms,
  };
}
