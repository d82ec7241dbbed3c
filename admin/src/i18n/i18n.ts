import polyglotI18nProvider from 'ra-i18n-polyglot';
import {
  type I18nProvider,
  type TranslationMessages,
  useLocaleState,
  useTranslate,
} from 'react-admin';
import { loadPart } from '../layout/load-part.ts';
import type { Messages, TextKey } from './en.ts';

/** The languages of the site. Each is fetched when it is wanted. */

const locales = [
  { locale: 'en', name: 'English' },
  { locale: 'de', name: 'Deutsch' },
] as const;
type Locale = (typeof locales)[number]['locale'];

type AllMessages = TranslationMessages & Messages;

const loaders: Record<Locale, () => Promise<AllMessages>> = {
  async en() {
    const [{ default: ofReactAdmin }, { en }] = await Promise.all([
      import('ra-language-english'),
      import('./en.ts'),
    ]);
    return { ...ofReactAdmin, ...en };
  },
  async de() {
    const [{ reactAdminDe }, { de }, { serverDe }] = await Promise.all([
      import('./react-admin-de.ts'),
      import('./de.ts'),
      import('./server-de.ts'),
    ]);
    return { ...reactAdminDe, ...serverDe, ...de };
  },
};

function isLocale(text: unknown): text is Locale {
  return locales.some(({ locale }) => locale === text);
}

/**
 * @param chosen what the reader chose before; else the browser's languages decide
 * @throws Problem if the texts cannot be fetched
 */
export async function createI18n(chosen: unknown): Promise<I18nProvider> {
  const wanted = [chosen, ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
  const first = wanted.find(isLocale) ?? 'en';
  const loaded = new Map<string, AllMessages>([[first, await loadPart(loaders[first])]]);
  document.documentElement.lang = first;
  const provider = polyglotI18nProvider(
    (locale) => loaded.get(locale) ?? load(locale),
    first,
    [...locales],
    { allowMissing: true },
  );
  async function load(locale: string): Promise<AllMessages> {
    const messages = await loadPart(loaders[isLocale(locale) ? locale : 'en']);
    loaded.set(locale, messages);
    return messages;
  }
  return {
    ...provider,
    async changeLocale(locale: string) {
      await provider.changeLocale(locale);
      document.documentElement.lang = locale;
    },
  };
}

/** Says a text in the reader's language. */
export type Say = (key: TextKey, options?: Readonly<Record<string, string | number>>) => string;

export function useSay(): Say {
  return useTranslate() as Say;
}

/** A text whose name comes from data; undefined if there is none for it. */
export function useSayIfKnown(): (
  key: string,
  options?: Readonly<Record<string, string | number>>,
) => string | undefined {
  const translate = useTranslate();
  return (key, options) => {
    const text = translate(key, { ...options, _: '' });
    return text === '' || text === key ? undefined : text;
  };
}

/** The reader's language, for dates and numbers. */
export function useLanguage(): string {
  const [locale] = useLocaleState();
  const own = navigator.languages.find(
    (tag) => tag.slice(0, 2).toLowerCase() === locale && isLanguageTag(tag),
  );
  return own ?? locale;
}

/** A Chromium for Linux without a locale gives `en-US@posix`, with which `Intl` only throws. */
function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
