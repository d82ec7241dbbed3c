import { useLanguage, useSayIfKnown } from '../../i18n/i18n.ts';

/** What a mail is about, in words; a kind that the site does not know yet by the server's name for it. */
export function useKindWords(): (kind: string) => string {
  const sayIfKnown = useSayIfKnown();
  return (kind) => sayIfKnown(`mail_kinds.${kind}`) ?? kind.replaceAll('_', ' ');
}

/** What a language is called in the reader's own. */
export function useLanguageName(): (locale: string) => string {
  const language = useLanguage();
  const names = new Intl.DisplayNames(language, { type: 'language' });
  return (locale) => names.of(locale) ?? locale;
}
