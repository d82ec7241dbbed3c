import { IntlMessageFormat } from 'intl-messageformat';
import { accountTexts } from './account-texts.ts';
import { emailTexts } from './email-texts.ts';
import { errorTexts } from './error-texts.ts';
import { fieldTexts } from './field-texts.ts';
import { notMeTexts } from './not-me-texts.ts';
import { recoveryTexts } from './recovery-texts.ts';
import { secondFactorTexts } from './second-factor-texts.ts';
import { securityTexts } from './security-texts.ts';
import { signInTexts } from './sign-in-texts.ts';
import { siteTexts } from './site-texts.ts';

/** What the pages say. Each part of the site has a file of its own; they are put together here. */
const areas = {
  en: {
    ...siteTexts.en,
    ...fieldTexts.en,
    ...errorTexts.en,
    ...signInTexts.en,
    ...accountTexts.en,
    ...emailTexts.en,
    ...recoveryTexts.en,
    ...notMeTexts.en,
    ...secondFactorTexts.en,
    ...securityTexts.en,
  },
  de: {
    ...siteTexts.de,
    ...fieldTexts.de,
    ...errorTexts.de,
    ...signInTexts.de,
    ...accountTexts.de,
    ...emailTexts.de,
    ...recoveryTexts.de,
    ...notMeTexts.de,
    ...secondFactorTexts.de,
    ...securityTexts.de,
  },
} as const;

/** A language that the pages are written in. */
export type Language = keyof typeof areas;

/** The first is the one for those who ask for none that there is. */
export const languages = ['en', 'de'] as const satisfies readonly Language[];

export type TextName = keyof (typeof areas)['en'];

/** What a page says after a redirect. */
export type NoticeName = Extract<TextName, `notice.${string}`>;

export const textNames = Object.keys(areas.en) as TextName[];

/** Says a text in the language of the page. */
export type Say = (name: TextName, values?: Readonly<Record<string, string | number>>) => string;

/** A language's texts, compiled when they are first said. */
function sayIn(language: Language): Say {
  const texts: Readonly<Record<TextName, string>> = areas[language];
  const compiled = new Map<TextName, IntlMessageFormat>();
  return (name, values) => {
    const text = texts[name];
    if (!text.includes('{')) return text;
    let message = compiled.get(name);
    if (!message) {
      message = new IntlMessageFormat(text, language);
      compiled.set(name, message);
    }
    return String(message.format(values));
  };
}

export const says: Readonly<Record<Language, Say>> = { en: sayIn('en'), de: sayIn('de') };

export function isTextName(name: string): name is TextName {
  return Object.hasOwn(areas.en, name);
}
