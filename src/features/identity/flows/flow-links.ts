import type { Purpose } from './flows.queries.ts';

/** The account pages that the links of mails lead to, by what their flows are for. */
const pages: Readonly<Record<Purpose | 'unsigned_verification' | 'release', string>> = {
  password_reset: 'account/reset/',
  mail_sign_in: 'account/mail-sign-in/',
  email_verification: 'account/verify/link/',
  registration: 'account/sign-up/',
  email_change: 'account/email/confirm/',
  // Of readers of an email that is not to be the account's: see `findRelease`.
  release: 'account/release/',
  // Of users who are not signed in, because they may not be before.
  unsigned_verification: 'account/prove/',
};

/**
 * The link of a flow's mail.
 *
 * @param publicUrl what every link begins with, with a slash at its end
 * @param token of the link
 */
export function flowLink(publicUrl: string, purpose: keyof typeof pages, token: string): string {
  return `${publicUrl}${pages[purpose]}?token=${token}`;
}
