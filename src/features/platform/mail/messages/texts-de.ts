import type { Texts } from './texts-en.ts';

export const german: Texts = {
  'password_reset.subject': 'Passwort zurücksetzen bei {site}',
  'password_reset.heading': 'Passwort zurücksetzen',
  'password_reset.text':
    'Jemand möchte das Passwort Ihres Kontos bei {site} zurücksetzen. Geben Sie diesen Code ein:',
  'password_reset.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist. Geben Sie diesen Code ' +
    'niemandem, wer auch fragt.',

  'mail_sign_in.subject': 'Anmelden bei {site}',
  'mail_sign_in.heading': 'Anmelden',
  'mail_sign_in.text': 'Geben Sie diesen Code ein, um sich bei {site} anzumelden:',
  'mail_sign_in.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Ohne den Code kann sich niemand anmelden. Geben Sie ihn niemandem, ' +
    'wer auch fragt.',

  'email_verification.subject': 'E-Mail-Adresse bestätigen bei {site}',
  'email_verification.heading': 'E-Mail-Adresse bestätigen',
  'email_verification.text':
    'Geben Sie diesen Code bei {site} ein, um zu bestätigen, dass diese E-Mail-Adresse Ihre ist:',
  'email_verification.warning':
    'Wenn Sie kein Konto bei {site} haben, tun Sie nichts. Geben Sie diesen Code niemandem, wer auch fragt.',

  'invitation.subject': 'Ihr Konto bei {site}',
  'invitation.heading': 'Ihr Konto bei {site}',
  'invitation.text':
    'Bei {site} wurde ein Konto für Sie angelegt. Wählen Sie ein Passwort, um sich anzumelden:',
  'invitation.button': 'Passwort wählen',
  'invitation.warning':
    'Der Link gilt einmal. Geben Sie ihn niemandem: Wer ihn hat, bekommt das Konto.',

  lifetime:
    'Er gilt {unit, select, minutes {{count, plural, one {# Minute} other {# Minuten}}} ' +
    'hours {{count, plural, one {# Stunde} other {# Stunden}}} ' +
    'other {{count, plural, one {# Tag} other {# Tage}}}} lang.',
  'fact.time': 'Zeit',
  'fact.ip': 'IP-Adresse',
};
