import { useSayIfKnown } from '../../i18n/i18n.ts';

/** What a mail is about, in words; a kind that the site does not know yet by the server's name for it. */
export function useKindWords(): (kind: string) => string {
  const sayIfKnown = useSayIfKnown();
  return (kind) => sayIfKnown(`mail_kinds.${kind}`) ?? kind.replaceAll('_', ' ');
}
