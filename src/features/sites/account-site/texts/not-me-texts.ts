import { area } from './area.ts';

/** The page that the links of security notices lead to. */
export const notMeTexts = area({
  en: {
    'not_me.title': 'This was not me',
    'not_me.text':
      'Every device is signed out of your account, the password stops working, and we send you a mail with which you choose a new one.',
    'not_me.support_title': 'End the support access',
    'not_me.support_text': 'The administrator who uses your account now is signed out of it.',
    'not_me.code_text': 'Enter the code from the mail, to show that you have read it.',
    'not_me.reset_text': 'Your factors are not reset. You go on signing in with them.',
    'not_me.submit': 'Sign out all devices',
    'not_me.reset_submit': 'Keep my factors',
    'not_me.support_submit': 'End the access',
    'not_me.over_text':
      'This link was used, is older than seven days, or does not belong to this account any more.',
    'not_me.over_advice':
      'If somebody else uses your account, choose a new password: that signs out every device.',
    'not_me.forgot': 'Choose a new password',
    'not_me.sessions': 'See where you are signed in',
    'notice.shut_out':
      'All devices are signed out, and the old password does not work any more. A mail with a code is on its way.',
    'notice.sessions_ended': 'All devices are signed out. Sign in and choose a new password.',
    'notice.reset_cancelled': 'Your factors stay as they are.',
    'notice.support_ended': 'The administrator is signed out of your account.',
  },
  de: {
    'not_me.title': 'Das war ich nicht',
    'not_me.text':
      'Alle Geräte werden aus Ihrem Konto abgemeldet, das Passwort gilt nicht mehr, und Sie bekommen eine Mail, um ein neues zu wählen.',
    'not_me.support_title': 'Zugriff des Supports beenden',
    'not_me.support_text':
      'Der Administrator, der Ihr Konto gerade benutzt, wird daraus abgemeldet.',
    'not_me.code_text': 'Geben Sie den Code aus der Mail ein; so wissen wir, dass Sie sie lesen.',
    'not_me.reset_text':
      'Ihre Faktoren werden nicht zurückgesetzt. Sie melden sich weiter mit ihnen an.',
    'not_me.submit': 'Alle Geräte abmelden',
    'not_me.reset_submit': 'Meine Faktoren behalten',
    'not_me.support_submit': 'Zugriff beenden',
    'not_me.over_text':
      'Dieser Link wurde benutzt, ist älter als sieben Tage oder gehört nicht mehr zu diesem Konto.',
    'not_me.over_advice':
      'Wenn jemand anders Ihr Konto benutzt, wählen Sie ein neues Passwort: Das meldet alle Geräte ab.',
    'not_me.forgot': 'Neues Passwort wählen',
    'not_me.sessions': 'Sehen, wo Sie angemeldet sind',
    'notice.shut_out':
      'Alle Geräte sind abgemeldet, und das alte Passwort gilt nicht mehr. Eine Mail mit einem Code ist unterwegs.',
    'notice.sessions_ended':
      'Alle Geräte sind abgemeldet. Melden Sie sich an, und wählen Sie ein neues Passwort.',
    'notice.reset_cancelled': 'Ihre Faktoren bleiben, wie sie sind.',
    'notice.support_ended': 'Der Administrator ist aus Ihrem Konto abgemeldet.',
  },
});
