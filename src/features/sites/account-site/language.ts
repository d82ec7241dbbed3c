import { pickLanguage } from '../../../http/negotiation.ts';
import { type Language, languages } from './texts/texts.ts';

/** What a request says of the languages of its sender. */
interface Asked {
  /** `ui_locales` of the query: language tags, best first, with spaces between them (OpenID Connect Core 3.1.2.1). */
  readonly uiLocales: string | undefined;
  /** What was chosen on an earlier page. */
  readonly chosen: string | undefined;
  /** That of the account, where somebody is signed in. */
  readonly ofAccount: string | null | undefined;
  readonly headers: Parameters<typeof pickLanguage>[0];
}

/** The language of a page: `ui_locales`, what was chosen before, the account's, and then `Accept-Language`. */
export function languageOf({ uiLocales, chosen, ofAccount, headers }: Asked): Language {
  return (
    languageAskedFor(uiLocales) ??
    languageAskedFor(chosen) ??
    languageAskedFor(ofAccount ?? undefined) ??
    pickLanguage(headers, languages)
  );
}

/** The language tags that an account may be given: those of mails and pages, and the one that it has. */
export function languagesOf(ofAccount: string | null, ofMails: readonly string[]): string[] {
  return [...new Set([...languages, ...ofMails, ...(ofAccount === null ? [] : [ofAccount])])];
}

/** What a language calls itself: `Deutsch`. */
export function languageName(tag: string): string {
  const [first = '', ...rest] = new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag;
  return `${first.toLocaleUpperCase(tag)}${rest.join('')}`;
}

/** The first of some language tags that there are texts for; undefined if there is none. */
export function languageAskedFor(tags: string | undefined): Language | undefined {
  for (const tag of tags?.split(' ', 20) ?? []) {
    const [primary] = tag.toLowerCase().split('-', 1);
    const known = languages.find((language) => language === primary);
    if (known) return known;
  }
  return undefined;
}
