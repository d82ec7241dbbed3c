import { area } from './area.ts';

/** Pages about emails: sign-up by mail, changes of an email and their undo, and the proof that a sign-in takes. */
export const emailTexts = area({
  en: {
    'sign_up.mail_text': 'Enter your email. We send you a mail to go on with.',
    'sign_up.ask': 'Send the mail',
    'sign_up.expired':
      'This link or code was used, or is older than ten minutes. Start again with your email.',
    'sign_up.begun_text':
      'A mail to {email} is on its way. Enter the code from it here, or open its link. Both work for ten minutes.',
    'sign_up.linked_text': 'Choose a password for your account with {email}.',
    'sign_up.again': 'Use another email',
    'sign_up.closed_title': 'Nobody can sign up here',
    'sign_up.invite_text':
      'Accounts are made by invitation here. Ask somebody who looks after this site to invite you.',
    'sign_up.closed_text': 'New accounts are not made at the moment.',
    'error.registration_closed': 'Nobody can sign up here now.',
    'email.title': 'Change your email',
    'email.text': 'Your email is {email}. We send a mail to the new one, to see that it is yours.',
    'email.new': 'New email',
    'email.ask': 'Send the mail',
    'email.confirm_title': 'Confirm your new email',
    'email.begun_text':
      'A mail to {email} is on its way. Enter the code from it here, or open its link. Both work for ten minutes.',
    'email.linked_text': 'Make {email} the email of your account.',
    'email.submit': 'Change the email',
    'notice.email_changed':
      'Your email is changed. The old one got a mail with which you can undo it for seven days.',
    'undo.title': 'Undo the change of your email',
    'undo.no_link': 'Open the link of the mail that told you about the change.',
    'undo.text':
      'Your account gets its earlier email back. Everybody is signed out, and the password is removed, so you choose a new one. Enter the code from the mail.',
    'undo.submit': 'Undo the change',
    'release.title': 'Take your email off an account',
    'release.no_link':
      'Open the link of the mail that you got when you asked to reset the password.',
    'release.text':
      'An account has your email, and it is not yours. It gets its earlier email back, and everybody is signed out of it. Enter the code from the mail.',
    'release.submit': 'Take my email off it',
    'notice.email_released': 'The account does not have your email any more.',
    'notice.email_restored':
      'Your account has its earlier email again, and everybody is signed out. Now choose a new password.',
    'prove.begun_text':
      'Before you can sign in, confirm that {email} is yours. A mail is on its way to it. Enter the code from it here, or open its link. Both work for ten minutes.',
    'prove.ask_again': 'Sign in to get a new mail',
    'notice.sign_in_to_change':
      'Sign in to the account whose email you change. Or enter the code from the mail where you asked for it.',
    'notice.email_proven': 'Your email is confirmed. Now sign in.',
    'error.email_not_verified': 'Confirm your email before you sign in.',
    'problem.own_email': 'This is already your email.',
    'problem.undo_code': 'This is not the code from the mail whose link you opened.',
  },
  de: {
    'sign_up.mail_text':
      'Geben Sie Ihre E-Mail-Adresse ein. Wir schicken Ihnen eine E-Mail, mit der es weitergeht.',
    'sign_up.ask': 'E-Mail schicken',
    'sign_up.expired':
      'Dieser Link oder Code wurde benutzt oder ist älter als zehn Minuten. Beginnen Sie noch einmal mit Ihrer E-Mail-Adresse.',
    'sign_up.begun_text':
      'Eine E-Mail an {email} ist unterwegs. Geben Sie den Code daraus hier ein, oder öffnen Sie ihren Link. Beide gelten zehn Minuten.',
    'sign_up.linked_text': 'Wählen Sie ein Passwort für Ihr Konto mit {email}.',
    'sign_up.again': 'Andere E-Mail-Adresse verwenden',
    'sign_up.closed_title': 'Hier kann sich niemand registrieren',
    'sign_up.invite_text':
      'Konten gibt es hier auf Einladung. Bitten Sie jemanden, der diese Website betreut, Sie einzuladen.',
    'sign_up.closed_text': 'Zurzeit werden keine neuen Konten angelegt.',
    'error.registration_closed': 'Hier kann sich zurzeit niemand registrieren.',
    'email.title': 'E-Mail-Adresse ändern',
    'email.text':
      'Ihre E-Mail-Adresse ist {email}. Wir schicken eine E-Mail an die neue, um zu sehen, dass sie Ihre ist.',
    'email.new': 'Neue E-Mail-Adresse',
    'email.ask': 'E-Mail schicken',
    'email.confirm_title': 'Neue E-Mail-Adresse bestätigen',
    'email.begun_text':
      'Eine E-Mail an {email} ist unterwegs. Geben Sie den Code daraus hier ein, oder öffnen Sie ihren Link. Beide gelten zehn Minuten.',
    'email.linked_text': '{email} wird die E-Mail-Adresse Ihres Kontos.',
    'email.submit': 'E-Mail-Adresse ändern',
    'notice.email_changed':
      'Ihre E-Mail-Adresse ist geändert. Die alte hat eine E-Mail bekommen, mit der Sie das sieben Tage lang rückgängig machen können.',
    'undo.title': 'Änderung der E-Mail-Adresse rückgängig machen',
    'undo.no_link': 'Öffnen Sie den Link der E-Mail, in der die Änderung stand.',
    'undo.text':
      'Ihr Konto bekommt seine frühere E-Mail-Adresse zurück. Alle werden abgemeldet, und das Passwort wird entfernt, damit Sie ein neues wählen. Geben Sie den Code aus der E-Mail ein.',
    'undo.submit': 'Änderung rückgängig machen',
    'release.title': 'Ihre E-Mail-Adresse einem Konto nehmen',
    'release.no_link':
      'Öffnen Sie den Link der E-Mail, die Sie bekommen haben, als Sie das Passwort zurücksetzen wollten.',
    'release.text':
      'Ein Konto hat Ihre E-Mail-Adresse, und es ist nicht Ihres. Es bekommt seine frühere zurück, und alle werden von ihm abgemeldet. Geben Sie den Code aus der E-Mail ein.',
    'release.submit': 'Dem Konto meine E-Mail-Adresse nehmen',
    'notice.email_released': 'Das Konto hat Ihre E-Mail-Adresse nicht mehr.',
    'notice.email_restored':
      'Ihr Konto hat wieder seine frühere E-Mail-Adresse, und alle sind abgemeldet. Wählen Sie jetzt ein neues Passwort.',
    'prove.begun_text':
      'Bevor Sie sich anmelden können, bestätigen Sie, dass {email} Ihre E-Mail-Adresse ist. Eine E-Mail dorthin ist unterwegs. Geben Sie den Code daraus hier ein, oder öffnen Sie ihren Link. Beide gelten zehn Minuten.',
    'prove.ask_again': 'Anmelden und eine neue E-Mail bekommen',
    'notice.sign_in_to_change':
      'Melden Sie sich bei dem Konto an, dessen E-Mail-Adresse Sie ändern. Oder geben Sie den Code aus der E-Mail dort ein, wo Sie sie angefordert haben.',
    'notice.email_proven': 'Ihre E-Mail-Adresse ist bestätigt. Melden Sie sich jetzt an.',
    'error.email_not_verified': 'Bestätigen Sie Ihre E-Mail-Adresse, bevor Sie sich anmelden.',
    'problem.own_email': 'Das ist schon Ihre E-Mail-Adresse.',
    'problem.undo_code': 'Das ist nicht der Code aus der E-Mail, deren Link Sie geöffnet haben.',
  },
});
