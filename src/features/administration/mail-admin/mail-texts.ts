import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type ChangeOrigin, rollbackSetting, setText } from '../../../settings/change-settings.ts';
import { type MailTextSetting, mailTextSetting } from '../../../settings/mail-text-settings.ts';
import {
  findLatestChangeId,
  findLatestChangeIds,
  findSettingChange,
} from '../../../settings/settings.queries.ts';
import type { Settings } from '../../../settings/settings.ts';
import {
  isTextName,
  kindsWithText,
  loadTextRules,
  type MailTexts,
  type TextName,
  textNames,
} from '../../platform/mail/index.ts';

/** What operators and administrators do with the texts of mails; see docs/decisions/mail-texts.md. */

interface TextDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly mailTexts: MailTexts;
}

/** Which text: its name, and the language. */
export interface TextPath {
  readonly locale: string;
  readonly name: string;
}

/**
 * Every text of a language.
 *
 * @throws AppError `not_found` if mails are not written in it
 */
export async function listMailTexts(deps: TextDeps, locale: string) {
  requireLanguage(deps, locale);
  await deps.settings.sync();
  const ids = await findLatestChangeIds(deps.database.db);
  const versions = new Map(ids.map(({ name, id }) => [name, id]));
  const view = await viewer(deps, locale);
  return textNames.map((name) => view(name, versions.get(mailTextSetting(locale, name)) ?? 0));
}

/** @throws AppError `not_found` */
export async function readMailText(deps: TextDeps, path: TextPath) {
  const { name, setting } = requireText(deps, path);
  await deps.settings.sync();
  const version = await findLatestChangeId(deps.database.db, setting);
  return (await viewer(deps, path.locale))(name, version);
}

/** Makes a text as programs read it, from the API and from the command line alike. */
async function viewer({ settings, mailTexts }: TextDeps, locale: string) {
  const { placeholdersOf, textProblem } = await loadTextRules();
  return (name: TextName, version: number) => {
    const stored = settings.texts().get(mailTextSetting(locale, name));
    const found = mailTexts.find(locale, name);
    const [used] = found;
    const standard = found.find((one) => one.source !== 'setting' || one.locale !== locale);
    if (!used || !standard) throw new Error(`There is no text ${name}.`);
    const { allowed, required } = placeholdersOf(name);
    return {
      name,
      locale,
      text: used.text,
      source: used.source,
      text_locale: used.locale,
      default_text: standard.text,
      kinds: kindsWithText(name),
      placeholders: [...allowed],
      required_placeholders: [...required],
      // A newer release may ask for more than the text has.
      problem: (stored !== undefined && textProblem(name, stored, locale)) || null,
      version,
    };
  };
}

/**
 * Replaces a text, for mails that are sent from now on.
 *
 * @throws AppError `not_found`, `version_conflict`; `invalid_fields` if the text is none, or has other placeholders
 *   than it may have
 */
export async function setMailText(
  deps: TextDeps,
  path: TextPath,
  text: string,
  origin: ChangeOrigin,
): Promise<void> {
  const { name, setting } = requireText(deps, path);
  const { textProblem } = await loadTextRules();
  const problem = textProblem(name, text, path.locale);
  if (problem !== undefined)
    throw new AppError('invalid_fields', { members: { value: [problem] } });
  await setText(deps, setting, text, origin);
}

/**
 * Puts a text back to the one that it replaces.
 *
 * @throws AppError `not_found`, `version_conflict`
 */
export async function resetMailText(
  deps: TextDeps,
  path: TextPath,
  origin: ChangeOrigin,
): Promise<void> {
  await setText(deps, requireText(deps, path).setting, undefined, origin);
}

/**
 * Undoes a change of a text, whatever came after it.
 *
 * @returns which text it was
 * @throws AppError `not_found` if there is no such change of a text of mails, `version_conflict`
 */
export async function rollBackMailText(
  deps: TextDeps,
  path: TextPath,
  changeId: number,
  origin: ChangeOrigin,
): Promise<void> {
  const { setting } = requireText(deps, path);
  const undone = await findSettingChange(deps.database.db, changeId);
  if (undone?.name !== setting) throw new AppError('not_found');
  await rollbackSetting(deps, changeId, origin);
}

/** @throws AppError `not_found` */
export function requireLanguage({ mailTexts }: Pick<TextDeps, 'mailTexts'>, locale: string): void {
  if (!mailTexts.languages.includes(locale)) throw new AppError('not_found');
}

/** @throws AppError `not_found` */
function requireText(
  deps: TextDeps,
  { locale, name }: TextPath,
): { name: TextName; setting: MailTextSetting } {
  requireLanguage(deps, locale);
  if (!isTextName(name)) throw new AppError('not_found');
  return { name, setting: mailTextSetting(locale, name) };
}
