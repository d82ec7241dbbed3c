import { area } from './area.ts';

/** Pages that mails and printed links lead to: a new password, the proof of an email, sign-in by mail, first passwords. */
export const recoveryTexts = area({
  en: {
    'flow.begun_text':
      'If there is an account with {email}, a mail with a code and a link is on its way. Enter the code here, or open the link. Both work for ten minutes.',
    'flow.elsewhere_text':
      'You opened this link in another browser than the one where you asked for the mail. So enter the code from the same mail here as well. You can close the other page.',
    'flow.link_expired': 'The link that you opened is not good any more. Use the newest mail.',
    'flow.none_text':
      'Nothing was asked for in this browser, or it is more than ten minutes ago. Open the link of your mail here, or ask for a new mail.',
    'flow.expired_text':
      'This link or code was used, is older than ten minutes, or was replaced by a newer mail. Ask for a new one.',
    'flow.ask_again': 'Ask for a new mail',
    'flow.no_mail': 'No mail? Look in the spam folder, and check that the email above is right.',
    'flow.other_email': 'Use another email',
    'flow.resend': 'Send another mail',
    'notice.mail_sent': 'Another mail is on its way. Only its code and link work now.',
    'forgot.title': 'Forgot your password?',
    'forgot.text':
      'Enter the email of your account. We send you a mail to choose a new password with.',
    'forgot.submit': 'Send the mail',
    'forgot.back': 'Back to the sign-in',
    'reset.title': 'Choose a new password',
    'reset.linked_text':
      'Choose a new password for {email}. All your devices are signed out with it.',
    'reset.go_on': 'Go on',
    'reset.submit': 'Set the password',
    'notice.password_reset':
      'Your password is set, and you are signed in here. All other devices are signed out.',
    'notice.password_set': 'Your password is set. Sign in with it.',
    'verify.title': 'Confirm your email',
    'verify.text': 'We send a mail to {email}, to see that it is yours.',
    'verify.begun_text':
      'A mail to {email} is on its way. Enter the code from it here, or open its link. Both work for ten minutes.',
    'verify.expired_text':
      'There is no mail for {email} that is still good here. Ask for a new one.',
    'verify.ask': 'Send the mail',
    'verify.linked_text': 'Confirm that {email} is your email.',
    'verify.submit': 'Confirm',
    'verify.done_text': '{email} is confirmed.',
    'notice.sign_in_to_verify':
      'Sign in to confirm your email. Or enter the code from the mail where you asked for it.',
    'notice.email_verified': 'Your email is confirmed.',
    'mail_sign_in.title': 'Sign in by mail',
    'mail_sign_in.text': 'Enter the email of your account. We send you a mail to sign in with.',
    'mail_sign_in.ask': 'Send the mail',
    'mail_sign_in.with_password': 'Sign in with your password',
    'mail_sign_in.linked_text': 'Sign in as {email}.',
    'mail_sign_in.submit': 'Sign in',
    'invitation.title': 'Welcome',
    'invitation.text': 'An account was made for you. Choose a password to sign in with.',
    'invitation.submit': 'Set the password',
    'invitation.void_link':
      'It was used, has expired, or was not copied in full. If you have chosen your password already, sign in with it. Otherwise ask the person who invited you for a new link.',
    'notice.invitation_accepted': 'Your password is set, and you are signed in.',
    'setup.title': 'The first administrator',
    'setup.text':
      'Make the account that may do everything. You are led to the administration then.',
    'setup.submit': 'Create account',
    'setup.void_link':
      'It was used, has expired, or was not copied in full. If the first administrator was made already, sign in to the administration. Otherwise start the server again: it prints a new link.',
    'error.invalid_link_token_title': 'This link does not work any more',
    'error.invalid_link_token': 'This link was used, has expired, or was not copied in full.',
    'error.already_set_up_title': 'There is an administrator already',
    'error.already_set_up': 'This link was for the first one. Sign in to the administration.',
    'error.permission_denied': 'This works only on the machine that the server runs on.',
    'error.flow_expired':
      'This code or link was used, has expired, or was tried too often. Ask for a new mail.',
    'error.invalid_code':
      '{tries_left, plural, =0 {A code has six digits.} one {This code is not right. You have one more try.} other {This code is not right. You have # more tries.}}',
    'error.mail_sign_in_off': 'Nobody can sign in by mail here. Sign in with your password.',
    'error.email_already_verified': 'Your email is confirmed already.',
  },
  de: {
    'flow.begun_text':
      'Wenn es ein Konto mit {email} gibt, ist eine E-Mail mit einem Code und einem Link unterwegs. Geben Sie den Code hier ein, oder öffnen Sie den Link. Beide gelten zehn Minuten.',
    'flow.elsewhere_text':
      'Sie haben diesen Link in einem anderen Browser geöffnet als dem, in dem Sie die E-Mail angefordert haben. Geben Sie deshalb hier auch den Code aus derselben E-Mail ein. Die andere Seite können Sie schließen.',
    'flow.link_expired':
      'Der Link, den Sie geöffnet haben, gilt nicht mehr. Nehmen Sie die neueste E-Mail.',
    'flow.none_text':
      'In diesem Browser wurde nichts angefordert, oder es ist mehr als zehn Minuten her. Öffnen Sie den Link Ihrer E-Mail hier, oder fordern Sie eine neue an.',
    'flow.expired_text':
      'Dieser Link oder Code wurde benutzt, ist älter als zehn Minuten, oder eine neuere E-Mail hat ihn ersetzt. Fordern Sie eine neue an.',
    'flow.ask_again': 'Neue E-Mail anfordern',
    'flow.no_mail': 'Keine E-Mail? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Adresse oben.',
    'flow.other_email': 'Andere Adresse nehmen',
    'flow.resend': 'Noch eine E-Mail senden',
    'notice.mail_sent': 'Eine neue E-Mail ist unterwegs. Nur ihr Code und ihr Link gelten jetzt.',
    'forgot.title': 'Passwort vergessen?',
    'forgot.text':
      'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir senden Ihnen eine E-Mail, mit der Sie ein neues Passwort wählen.',
    'forgot.submit': 'E-Mail senden',
    'forgot.back': 'Zurück zur Anmeldung',
    'reset.title': 'Neues Passwort wählen',
    'reset.linked_text':
      'Wählen Sie ein neues Passwort für {email}. Alle Ihre Geräte werden damit abgemeldet.',
    'reset.go_on': 'Weiter',
    'reset.submit': 'Passwort setzen',
    'notice.password_reset':
      'Ihr Passwort ist gesetzt, und Sie sind hier angemeldet. Alle anderen Geräte sind abgemeldet.',
    'notice.password_set': 'Ihr Passwort ist gesetzt. Melden Sie sich damit an.',
    'verify.title': 'E-Mail-Adresse bestätigen',
    'verify.text': 'Wir senden eine E-Mail an {email}, um zu sehen, dass die Adresse Ihre ist.',
    'verify.begun_text':
      'Eine E-Mail an {email} ist unterwegs. Geben Sie den Code daraus hier ein, oder öffnen Sie ihren Link. Beide gelten zehn Minuten.',
    'verify.expired_text':
      'Zu {email} gibt es hier keine E-Mail, die noch gilt. Fordern Sie eine neue an.',
    'verify.ask': 'E-Mail senden',
    'verify.linked_text': 'Bestätigen Sie, dass {email} Ihre E-Mail-Adresse ist.',
    'verify.submit': 'Bestätigen',
    'verify.done_text': '{email} ist bestätigt.',
    'notice.sign_in_to_verify':
      'Melden Sie sich an, um Ihre E-Mail-Adresse zu bestätigen. Oder geben Sie den Code aus der E-Mail dort ein, wo Sie sie angefordert haben.',
    'notice.email_verified': 'Ihre E-Mail-Adresse ist bestätigt.',
    'mail_sign_in.title': 'Per E-Mail anmelden',
    'mail_sign_in.text':
      'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir senden Ihnen eine E-Mail, mit der Sie sich anmelden.',
    'mail_sign_in.ask': 'E-Mail senden',
    'mail_sign_in.with_password': 'Mit dem Passwort anmelden',
    'mail_sign_in.linked_text': 'Melden Sie sich als {email} an.',
    'mail_sign_in.submit': 'Anmelden',
    'invitation.title': 'Willkommen',
    'invitation.text':
      'Für Sie wurde ein Konto angelegt. Wählen Sie ein Passwort, um sich anzumelden.',
    'invitation.submit': 'Passwort setzen',
    'invitation.void_link':
      'Er wurde benutzt, ist abgelaufen oder nicht ganz kopiert. Wenn Sie Ihr Passwort schon gewählt haben, melden Sie sich damit an. Sonst bitten Sie die Person, die Sie eingeladen hat, um einen neuen Link.',
    'notice.invitation_accepted': 'Ihr Passwort ist gesetzt, und Sie sind angemeldet.',
    'setup.title': 'Der erste Administrator',
    'setup.text': 'Legen Sie das Konto an, das alles darf. Danach kommen Sie zur Verwaltung.',
    'setup.submit': 'Konto anlegen',
    'setup.void_link':
      'Er wurde benutzt, ist abgelaufen oder nicht ganz kopiert. Wenn es den ersten Administrator schon gibt, melden Sie sich in der Verwaltung an. Sonst starten Sie den Server neu: Er gibt einen neuen Link aus.',
    'error.invalid_link_token_title': 'Dieser Link gilt nicht mehr',
    'error.invalid_link_token':
      'Dieser Link wurde benutzt, ist abgelaufen oder nicht ganz kopiert.',
    'error.already_set_up_title': 'Es gibt schon einen Administrator',
    'error.already_set_up': 'Dieser Link war für den ersten. Melden Sie sich in der Verwaltung an.',
    'error.permission_denied': 'Das geht nur an dem Rechner, auf dem der Server läuft.',
    'error.flow_expired':
      'Dieser Code oder Link wurde benutzt, ist abgelaufen oder wurde zu oft versucht. Fordern Sie eine neue E-Mail an.',
    'error.invalid_code':
      '{tries_left, plural, =0 {Ein Code hat sechs Ziffern.} one {Dieser Code stimmt nicht. Sie haben noch einen Versuch.} other {Dieser Code stimmt nicht. Sie haben noch # Versuche.}}',
    'error.mail_sign_in_off':
      'Per E-Mail kann sich hier niemand anmelden. Melden Sie sich mit Ihrem Passwort an.',
    'error.email_already_verified': 'Ihre E-Mail-Adresse ist schon bestätigt.',
  },
});
