/**
 * Texts that operators replace while the server runs, one for each language and text. They are stored, changed and
 * rolled back as settings are, under names of their own; what a text may say is the business of the feature that
 * uses it. See docs/decisions/mail-texts.md.
 */

/** Such as `MAIL_TEXT:de:password_reset.subject`. */
export type MailTextSetting = `${typeof prefix}${string}:${string}`;

const prefix = 'MAIL_TEXT:';

/** @param locale a language tag in canonical form */
export function mailTextSetting(locale: string, text: string): MailTextSetting {
  return `${prefix}${locale}:${text}`;
}

export function isMailTextSetting(name: string): name is MailTextSetting {
  return name.startsWith(prefix) && name.indexOf(':', prefix.length) > 0;
}
