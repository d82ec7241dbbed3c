import type { Texts } from './texts-en.ts';

export const german: Texts = {
  'password_reset.subject': 'Passwort zurücksetzen bei {site}',
  'password_reset.heading': 'Passwort zurücksetzen',
  'password_reset.text':
    'Jemand möchte das Passwort Ihres Kontos bei {site} zurücksetzen. Geben Sie diesen Code ein:',
  'password_reset.button': 'Neues Passwort wählen',
  'password_reset.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist. Geben Sie diesen Code ' +
    'niemandem, wer auch fragt.',

  'mail_sign_in.subject': 'Anmelden bei {site}',
  'mail_sign_in.heading': 'Anmelden',
  'mail_sign_in.text': 'Geben Sie diesen Code ein, um sich bei {site} anzumelden:',
  'mail_sign_in.button': 'Anmelden',
  'mail_sign_in.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Ohne den Code kann sich niemand anmelden. Geben Sie ihn niemandem, ' +
    'wer auch fragt.',

  'email_verification.subject': 'E-Mail-Adresse bestätigen bei {site}',
  'email_verification.heading': 'E-Mail-Adresse bestätigen',
  'email_verification.text':
    'Geben Sie diesen Code bei {site} ein, um zu bestätigen, dass diese E-Mail-Adresse Ihre ist:',
  'email_verification.button': 'E-Mail-Adresse bestätigen',
  'email_verification.warning':
    'Wenn Sie kein Konto bei {site} haben, tun Sie nichts. Geben Sie diesen Code niemandem, wer auch fragt.',

  'registration.subject': 'Ihre Registrierung bei {site}',
  'registration.heading': 'Registrierung abschließen',
  'registration.text':
    'Jemand hat begonnen, sich mit dieser E-Mail-Adresse bei {site} zu registrieren. Geben Sie dort diesen Code ein, ' +
    'um zu bestätigen, dass sie Ihre ist:',
  'registration.button': 'In diesem Browser weitermachen',
  'registration.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Es wird kein Konto angelegt. Geben Sie diesen Code niemandem, der ' +
    'danach fragt.',

  'account_exists.subject': 'Sie haben schon ein Konto bei {site}',
  'account_exists.heading': 'Sie haben schon ein Konto',
  'account_exists.text':
    'Jemand wollte diese E-Mail-Adresse für ein neues Konto bei {site} verwenden. Sie hat schon ein Konto; melden Sie ' +
    'sich damit an. Wenn Sie das Passwort vergessen haben, können Sie ein neues setzen:',
  'account_exists.button': 'Neues Passwort setzen',
  'account_exists.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Es hat sich nichts geändert.',

  'email_change.subject': 'Neue E-Mail-Adresse bestätigen bei {site}',
  'email_change.heading': 'Neue E-Mail-Adresse bestätigen',
  'email_change.text':
    'Jemand möchte diese E-Mail-Adresse für das eigene Konto bei {site} verwenden. Geben Sie dort diesen Code ein, um ' +
    'zu bestätigen, dass sie Ihre ist:',
  'email_change.button': 'In diesem Browser weitermachen',
  'email_change.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Es wird nichts geändert. Geben Sie diesen Code niemandem, der danach ' +
    'fragt.',

  'email_changed.subject': 'Die E-Mail-Adresse Ihres Kontos bei {site} wurde geändert',
  'email_changed.heading': 'Ihre E-Mail-Adresse wurde geändert',
  'email_changed.text':
    'Ihr Konto bei {site} hat jetzt eine andere E-Mail-Adresse. Wenn Sie das waren, ist nichts zu tun.',
  'email_changed.undo':
    'Wenn Sie das nicht waren, machen Sie es rückgängig: Das Konto bekommt diese E-Mail-Adresse zurück, alle werden ' +
    'abgemeldet, und das alte Passwort gilt nicht mehr.',
  'email_changed.button': 'Änderung rückgängig machen',
  'email_changed.code': 'Die Seite fragt nach diesem Code:',
  'email_changed.warning':
    'Geben Sie Link und Code niemandem, der danach fragt. Solange sie gelten, kann hier niemand sonst diese ' +
    'E-Mail-Adresse verwenden.',

  'email_restored.subject': 'Ihr Konto bei {site} hat wieder diese E-Mail-Adresse',
  'email_restored.heading': 'Die Änderung wurde rückgängig gemacht',
  'email_restored.text':
    'Ihr Konto bei {site} hat wieder diese E-Mail-Adresse. Alle wurden abgemeldet, und das alte Passwort gilt nicht ' +
    'mehr. Setzen Sie ein neues, um sich anzumelden:',
  'email_restored.button': 'Neues Passwort setzen',

  'invitation.subject': 'Ihr Konto bei {site}',
  'invitation.heading': 'Ihr Konto bei {site}',
  'invitation.text':
    'Bei {site} wurde ein Konto für Sie angelegt. Wählen Sie ein Passwort, um sich anzumelden:',
  'invitation.button': 'Passwort wählen',
  'invitation.warning':
    'Der Link gilt einmal. Geben Sie ihn niemandem: Wer ihn hat, bekommt das Konto.',

  link: 'Oder öffnen Sie diesen Link. Auf einem anderen Gerät oder in einem anderen Browser brauchen Sie dort auch den Code.',
  lifetime:
    'Er gilt {unit, select, minutes {{count, plural, one {# Minute} other {# Minuten}}} ' +
    'hours {{count, plural, one {# Stunde} other {# Stunden}}} ' +
    'other {{count, plural, one {# Tag} other {# Tage}}}} lang.',
  'fact.time': 'Zeit',
  'fact.ip': 'IP-Adresse',
};
