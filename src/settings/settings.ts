import type { Database } from '../db/database.ts';
import type { Answer } from '../lib/answer.ts';
import { whenAnswered } from '../lib/answer.ts';
import { isMailTextSetting } from './mail-text-settings.ts';
import {
  isSettingName,
  parseSetting,
  registry,
  type SettingName,
  type SettingValue,
  type SettingValues,
  settingNames,
  usableValue,
} from './registry.ts';
import { findStoredSettings, prepareLatestChangeId } from './settings.queries.ts';

/** Where the value of a setting comes from. The first source that has a value decides. */
export type SettingSource = 'environment' | 'database' | 'default';

export interface SettingView {
  readonly name: SettingName;
  readonly value: SettingValue;
  readonly source: SettingSource;
}

/** The live values. Read at use, never kept. */
export interface Settings {
  get<Name extends SettingName>(name: Name): SettingValues[Name];
  view(name: SettingName): SettingView;
  /** The texts that operators have replaced, by their names; see `mail-text-settings.ts`. */
  texts(): ReadonlyMap<string, string>;
  /** Whether the environment holds a setting fast. */
  isPinned(name: SettingName): boolean;
  /**
   * Makes sure that `get` gives what any process has committed: at once on SQLite, within half a second on
   * PostgreSQL. It costs one look at a number if nothing has changed.
   */
  sync(): Answer<void>;
  /** The newest change that `get` knows of; 0: there was none. */
  changeId(): number;
}

/** The settings that the environment pins: `LATCHKEY_<NAME>`. Names every error at once. */
export function pinnedSettings(environment: NodeJS.ProcessEnv): {
  pinned: Partial<SettingValues>;
  problems: string[];
} {
  const pinned: Partial<Record<SettingName, SettingValue>> = {};
  const problems: string[] = [];
  for (const name of settingNames) {
    const text = environment[`LATCHKEY_${name}`];
    if (text === undefined || text === '') continue;
    try {
      pinned[name] = parseSetting(name, text);
    } catch (error) {
      problems.push(`LATCHKEY_${name}: ${(error as Error).message}`);
    }
  }
  return { pinned: pinned as Partial<SettingValues>, problems };
}

/** Opens the live settings of a migrated database. */
export async function openSettings(
  database: Database,
  pinned: Partial<SettingValues> = {},
): Promise<Settings> {
  const latestChangeId = prepareLatestChangeId(database);
  let stored: Partial<SettingValues> = {};
  let storedTexts: ReadonlyMap<string, string> = new Map();
  let loadedChangeId: number | undefined;
  let seenVersion: number | undefined;
  let loading: Promise<void> | undefined;

  async function load(changeId: number): Promise<void> {
    const rows = await findStoredSettings(database.db);
    const next: Partial<Record<SettingName, SettingValue>> = {};
    const nextTexts = new Map<string, string>();
    for (const { name, value } of rows) {
      const parsed = parseStored(value);
      if (isSettingName(name)) next[name] = usableValue(name, parsed);
      else if (isMailTextSetting(name) && typeof parsed === 'string') nextTexts.set(name, parsed);
    }
    stored = next as Partial<SettingValues>;
    storedTexts = nextTexts;
    loadedChangeId = changeId;
  }

  function sync(): Answer<void> {
    const version = database.changes();
    if (version === seenVersion) return loading;
    return whenAnswered(latestChangeId({}), ([row]): Answer<void> => {
      const changeId = row?.id ?? 0;
      seenVersion = version;
      if (changeId === loadedChangeId) return loading;
      const current: Promise<void> = load(changeId)
        .catch((error: unknown) => {
          seenVersion = undefined; // the next request tries again
          throw error;
        })
        .finally(() => {
          if (loading === current) loading = undefined;
        });
      loading = current;
      return current;
    });
  }

  function view(name: SettingName): SettingView {
    const pin = pinned[name];
    if (pin !== undefined) return { name, value: pin, source: 'environment' };
    const value = stored[name];
    if (value !== undefined) return { name, value, source: 'database' };
    return { name, value: registry[name].default, source: 'default' };
  }

  await sync();
  return {
    get<Name extends SettingName>(name: Name): SettingValues[Name] {
      return pinned[name] ?? stored[name] ?? (registry[name].default as SettingValues[Name]);
    },
    view,
    texts: () => storedTexts,
    isPinned: (name) => pinned[name] !== undefined,
    sync,
    changeId: () => loadedChangeId ?? 0,
  };
}

/** Somebody may have written it by hand. A value that is not JSON must not stop every request. */
function parseStored(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
