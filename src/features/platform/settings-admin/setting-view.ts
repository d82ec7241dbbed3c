import type { Db } from '../../../db/database.ts';
import {
  type SettingDefinition,
  type SettingName,
  settingDefinition,
  settingNames,
} from '../../../settings/registry.ts';
import { findLatestChangeId, findLatestChangeIds } from '../../../settings/settings.queries.ts';
import type { Settings, SettingView } from '../../../settings/settings.ts';
import { type Colors, siteColors } from '../../../settings/site-colors.ts';
import type { TextFormat } from '../../../settings/text-settings.ts';
import { valueText } from '../../../settings/value-text.ts';

interface Deps {
  readonly database: { readonly db: Db };
  readonly settings: Settings;
}

/** Every setting, by group. */
export async function listSettings({ database: { db }, settings }: Deps) {
  const versions = new Map((await findLatestChangeIds(db)).map(({ name, id }) => [name, id]));
  return settingNames.map((name) => jsonOf(settings.view(name), versions.get(name) ?? 0));
}

/** One setting, as it is now for the administrator who has just changed it. */
export async function readSetting({ database: { db }, settings }: Deps, name: SettingName) {
  await settings.sync();
  return jsonOf(settings.view(name), await findLatestChangeId(db, name));
}

/** @param version the id of its last change; 0: none */
function jsonOf({ name, value, source }: SettingView, version: number) {
  const definition: SettingDefinition = settingDefinition(name);
  return {
    name,
    ...definition,
    ...('choices' in definition && { choices: [...definition.choices] }),
    ...(definition.type === 'text' && { colors: defaultColors(definition.format) }),
    value,
    text: valueText(definition, value),
    default_text: valueText(definition, definition.default),
    source,
    is_pinned: source === 'environment',
    version,
  };
}

/** The colours that a text can name, as they are without it; undefined if it has none. */
function defaultColors(format: TextFormat): Colors | undefined {
  if (format === 'light_colors') return siteColors.light;
  return format === 'dark_colors' ? siteColors.dark : undefined;
}
