import { german } from './texts-de.ts';
import { english, type TextName, type Texts } from './texts-en.ts';

export type { TextName };

/**
 * What mails say, by language, in ICU message format. `{site}` is the host that the server is reached at;
 * `{count}` and `{unit}` say how long what the mail carries is good. Nothing that a user has typed stands in a
 * mail: else anybody could have us mail their words to anybody.
 */
const texts = { en: english, de: german } as const satisfies Record<string, Texts>;

/** A language that mails are written in. */
export type Locale = keyof typeof texts;

/** The first one is the default, if a client has named no language that we have. */
export const locales = ['en', 'de'] as const satisfies readonly Locale[];

/** The texts of a language; of the first one where a newer release has written another into the outbox. */
export function textsOf(locale: string): { readonly locale: Locale; readonly texts: Texts } {
  const known = locales.find((name) => name === locale) ?? locales[0];
  return { locale: known, texts: texts[known] };
}
