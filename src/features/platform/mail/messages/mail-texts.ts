import { mailTextSetting } from '../../../../settings/mail-text-settings.ts';
import { german } from './texts-de.ts';
import { english, type TextName, type Texts } from './texts-en.ts';

export type { TextName };

/**
 * What mails say, by language, in ICU message format. `{site}` is what the site is called (`SITE_NAME`, or its host);
 * `{count}` and `{unit}` say how long what the mail carries is good. Nothing that a user has typed stands in a
 * mail: else anybody could have us mail their words to anybody.
 *
 * Of a text the first one counts that there is: the operator's own (a live setting), that of the operator's file,
 * ours; then the same for the language without its region, and then for English. See docs/decisions/mail-texts.md.
 */
const builtIn: Readonly<Record<string, Texts>> = { en: english, de: german };

/** The languages that we have every text in. The first is the one for who has said nothing that there is. */
export const locales = ['en', 'de'] as const;

export const textNames = Object.keys(english) as readonly TextName[];

export function isTextName(name: string): name is TextName {
  return Object.hasOwn(english, name);
}

/** Ours in English, which says what every other has to have. */
export const englishText = (name: TextName): string => english[name];

/** The texts of an operator's file, by language and name. */
export type AddedTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where a text comes from. */
export type TextSource = 'setting' | 'file' | 'built-in';

export interface FoundText {
  readonly text: string;
  /** The language that it is written in. */
  readonly locale: string;
  readonly source: TextSource;
}

export interface MailTexts {
  /** The languages that mails can be written in, ours first. */
  readonly languages: readonly string[];
  /** All that could stand in a place, the best first; the last one is ours in English. */
  find(locale: string, name: TextName): FoundText[];
}

/**
 * @param overrides the operators' texts, by the names of their settings
 * @param added those of their file
 */
export function createMailTexts(
  overrides: () => ReadonlyMap<string, string> = () => new Map(),
  added: AddedTexts = {},
): MailTexts {
  return {
    languages: [...new Set([...locales, ...Object.keys(added)])],
    find: (locale, name) =>
      chainOf(locale).flatMap((language): FoundText[] => {
        const texts: readonly [TextSource, string | undefined][] = [
          ['setting', overrides().get(mailTextSetting(language, name))],
          ['file', added[language]?.[name]],
          ['built-in', builtIn[language]?.[name]],
        ];
        return texts.flatMap(([source, text]) =>
          text === undefined ? [] : [{ text, locale: language, source }],
        );
      }),
  };
}

/** Ours alone. */
export const builtInTexts = createMailTexts();

/** A language, what is left of it without its last parts, and English. */
function chainOf(locale: string): string[] {
  const parts = locale.split('-');
  const shorter = parts.map((_part, index) => parts.slice(0, parts.length - index).join('-'));
  return [...new Set([...shorter, locales[0]])];
}
