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

export interface SettingViewDeps {
  readonly database: { readonly db: Db };
  readonly settings: Settings;
  /** The names of some of the roles that require a second factor. */
  readonly requiringRoles: () => Promise<readonly string[]>;
}

/** Every setting, by group. */
export async function listSettings(deps: SettingViewDeps) {
  const latest = await findLatestChangeIds(deps.database.db);
  const versions = new Map(latest.map(({ name, id }) => [name, id]));
  return Promise.all(settingNames.map((name) => view(deps, name, versions.get(name) ?? 0)));
}

/** One setting, as it is now for the administrator who has just changed it. */
export async function readSetting(deps: SettingViewDeps, name: SettingName) {
  await deps.settings.sync();
  return view(deps, name, await findLatestChangeId(deps.database.db, name));
}

/** @param version the id of its last change; 0: none */
async function view(
  { settings, requiringRoles }: SettingViewDeps,
  name: SettingName,
  version: number,
) {
  const json = jsonOf(settings.view(name), version);
  if (name !== 'SECOND_FACTOR_POLICY') return json;
  return { ...json, requiring_roles: [...(await requiringRoles())] };
}

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
