import { area } from './area.ts';

/** The second step of a sign-in, proving again who one is, and what a browser says about passkeys. */
export const secondFactorTexts = area({
  en: {
    'second_factor.title': 'One more step',
    'second_factor.code_text': 'Enter the code that your authenticator app shows for {email}.',
    'second_factor.passkey_text': 'Go on with your passkey for {email}.',
    'second_factor.recovery_text':
      'Enter one of the recovery codes that you stored for {email}. It works once.',
    'second_factor.submit': 'Sign in',
    'second_factor.use_app': 'Use the authenticator app',
    'second_factor.use_recovery_code': 'Use a recovery code',
    'second_factor.none':
      'This site cannot check your passkeys any more: its name has changed. Ask its operator to reset your second factor.',
    'second_factor.lost':
      'If you have lost all of these, ask the operator of this site to reset your second factor.',
    'second_factor.over_text':
      'This sign-in was completed, is older than ten minutes, or had too many wrong codes. Sign in again.',
    'second_factor.again': 'Sign in again',
    'second_factor.cancel': 'Sign in with another account',
    'notice.second_factor_over':
      'The second step took too long, or had too many wrong codes. Sign in again.',
    'notice.recovery_code_used':
      'You signed in with a recovery code, which does not work any more. See how many you have left.',
    'field.app_code': 'Code',
    'field.app_code_hint': 'The six digits that the app shows now.',
    'field.factor_code': 'Code of the authenticator app',
    'field.recovery_code': 'Recovery code',
    'field.recovery_code_hint': 'Capital letters and dashes do not matter.',
    'field.remember': 'Do not ask on this device for {count, plural, one {a day} other {# days}}',
    'field.remember_hours':
      'Do not ask on this device for {count, plural, one {an hour} other {# hours}}',
    'problem.app_code':
      'This code is not right, or was used before. The app shows another one every 30 seconds.',
    'problem.recovery_code':
      '{tries_left, plural, =0 {This is none of your codes, or it was used.} one {This is none of your codes, or it was used. You have one more try.} other {This is none of your codes, or it was used. You have # more tries.}}',
    'passkey.sign_in': 'Sign in with a passkey',
    'passkey.use': 'Use a passkey',
    'passkey.or': 'or',
    'passkey.unscripted': 'Passkeys need JavaScript and a current browser.',
    'passkey.cancelled':
      'That was cancelled, took too long, or there is no passkey for this here. Try again, or use another way.',
    'passkey.not_created': 'That was cancelled or took too long. Nothing was changed.',
    'passkey.exists': 'This device has a passkey for your account already.',
    'passkey.other_site': 'Passkeys of this site do not work at the URL with which you opened it.',
    'passkey.failed': 'The passkey did not work. Open the page again, and try once more.',
    'passkey.refused_expired': 'This page was open for too long. Try again.',
    'passkey.refused_used': 'This page was sent twice. Try again.',
    'passkey.refused_other_request': 'This answer belongs to another page. Try again.',
    'passkey.refused_not_verified':
      'Your device did not ask for your fingerprint, face or PIN. Switch that on, or use another way.',
    'passkey.refused_unknown':
      'This passkey does not belong to an account here. It may have been removed: delete it on your device, and use another way.',
    'passkey.refused_counter_regressed':
      'This passkey may have been copied. Use another way, and remove it from your account.',
    'passkey.refused_already_added': 'This passkey was added before.',
    'reset.factor_text':
      'Your account has a second factor. Enter a code of the authenticator app, or one of your recovery codes.',
    'reset.recovery_text': 'Your account has a second factor. Enter one of your recovery codes.',
    'reset.password_again': 'Enter the new password once more as well: it is not set yet.',
    'enrolment.title': 'Protect your account',
    'enrolment.text':
      'To sign in as {email}, a password is not enough any more. Set up a second factor now: it takes two minutes.',
    'enrolment.strong_text':
      'To sign in as {email}, a passkey is needed from now on. Set one up: it takes a minute.',
    'confirm.code_text':
      'You are signed in as {email}. To go on, enter a code of your authenticator app.',
    'confirm.passkey_text': 'You are signed in as {email}. To go on, use your passkey again.',
    'confirm.recovery_text':
      'This site cannot check your passkeys any more: its name has changed. To go on, sign in again with a recovery code.',
    'error.second_factor_required':
      'Your account has a second factor, which is needed here too. Enter it together with the new password.',
    'error.second_factor_enrolment_required': 'Set up a second factor before you sign in.',
    'error.invalid_passkey': 'This passkey cannot be used here. Use another one.',
    'error.passkeys_not_configured':
      'Passkeys are not set up on this server. Use another way, or ask its operator.',
    'error.factor_required':
      'You need a second factor here, and this is your last one. Add another one first.',
    'error.insufficient_user_authentication': 'Prove again who you are to do this.',
  },
  de: {
    'second_factor.title': 'Noch ein Schritt',
    'second_factor.code_text':
      'Geben Sie den Code ein, den Ihre Authenticator-App für {email} zeigt.',
    'second_factor.passkey_text': 'Machen Sie mit Ihrem Passkey für {email} weiter.',
    'second_factor.recovery_text':
      'Geben Sie einen der Wiederherstellungscodes ein, die Sie für {email} aufbewahrt haben. Er gilt einmal.',
    'second_factor.submit': 'Anmelden',
    'second_factor.use_app': 'Authenticator-App benutzen',
    'second_factor.use_recovery_code': 'Wiederherstellungscode benutzen',
    'second_factor.none':
      'Diese Website kann Ihre Passkeys nicht mehr prüfen: Ihr Name hat sich geändert. Bitten Sie ihren Betreiber, Ihren zweiten Faktor zurückzusetzen.',
    'second_factor.lost':
      'Wenn Sie nichts davon mehr haben, bitten Sie den Betreiber dieser Website, Ihren zweiten Faktor zurückzusetzen.',
    'second_factor.over_text':
      'Diese Anmeldung ist abgeschlossen, älter als zehn Minuten, oder es gab zu viele falsche Codes. Melden Sie sich noch einmal an.',
    'second_factor.again': 'Noch einmal anmelden',
    'second_factor.cancel': 'Mit einem anderen Konto anmelden',
    'notice.second_factor_over':
      'Der zweite Schritt hat zu lange gedauert, oder es gab zu viele falsche Codes. Melden Sie sich noch einmal an.',
    'notice.recovery_code_used':
      'Sie haben sich mit einem Wiederherstellungscode angemeldet; er gilt nicht mehr. Sehen Sie nach, wie viele Sie noch haben.',
    'field.app_code': 'Code',
    'field.app_code_hint': 'Die sechs Ziffern, die die App jetzt zeigt.',
    'field.factor_code': 'Code der Authenticator-App',
    'field.recovery_code': 'Wiederherstellungscode',
    'field.recovery_code_hint': 'Groß- und Kleinschreibung und Striche sind egal.',
    'field.remember':
      'Auf diesem Gerät {count, plural, one {einen Tag} other {# Tage}} lang nicht mehr fragen',
    'field.remember_hours':
      'Auf diesem Gerät {count, plural, one {eine Stunde} other {# Stunden}} lang nicht mehr fragen',
    'problem.app_code':
      'Dieser Code stimmt nicht oder wurde schon benutzt. Die App zeigt alle 30 Sekunden einen neuen.',
    'problem.recovery_code':
      '{tries_left, plural, =0 {Das ist keiner Ihrer Codes, oder er wurde schon benutzt.} one {Das ist keiner Ihrer Codes, oder er wurde schon benutzt. Sie haben noch einen Versuch.} other {Das ist keiner Ihrer Codes, oder er wurde schon benutzt. Sie haben noch # Versuche.}}',
    'passkey.sign_in': 'Mit einem Passkey anmelden',
    'passkey.use': 'Passkey benutzen',
    'passkey.or': 'oder',
    'passkey.unscripted': 'Für Passkeys sind JavaScript und ein aktueller Browser nötig.',
    'passkey.cancelled':
      'Das wurde abgebrochen, hat zu lange gedauert, oder es gibt hier keinen Passkey dafür. Versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.',
    'passkey.not_created':
      'Das wurde abgebrochen oder hat zu lange gedauert. Es ist nichts geändert.',
    'passkey.exists': 'Dieses Gerät hat schon einen Passkey für Ihr Konto.',
    'passkey.other_site':
      'Passkeys dieser Website gelten nicht unter der URL, mit der Sie sie geöffnet haben.',
    'passkey.failed':
      'Der Passkey hat nicht funktioniert. Öffnen Sie die Seite neu, und versuchen Sie es noch einmal.',
    'passkey.refused_expired': 'Diese Seite war zu lange offen. Versuchen Sie es noch einmal.',
    'passkey.refused_used': 'Diese Seite wurde zweimal gesendet. Versuchen Sie es noch einmal.',
    'passkey.refused_other_request':
      'Diese Antwort gehört zu einer anderen Seite. Versuchen Sie es noch einmal.',
    'passkey.refused_not_verified':
      'Ihr Gerät hat nicht nach Fingerabdruck, Gesicht oder PIN gefragt. Schalten Sie das ein, oder nehmen Sie einen anderen Weg.',
    'passkey.refused_unknown':
      'Dieser Passkey gehört hier zu keinem Konto. Vielleicht wurde er entfernt: Löschen Sie ihn auf Ihrem Gerät, und nehmen Sie einen anderen Weg.',
    'passkey.refused_counter_regressed':
      'Dieser Passkey wurde vielleicht kopiert. Nehmen Sie einen anderen Weg, und entfernen Sie ihn aus Ihrem Konto.',
    'passkey.refused_already_added': 'Dieser Passkey wurde schon hinzugefügt.',
    'reset.factor_text':
      'Ihr Konto hat einen zweiten Faktor. Geben Sie einen Code der Authenticator-App ein, oder einen Ihrer Wiederherstellungscodes.',
    'reset.recovery_text':
      'Ihr Konto hat einen zweiten Faktor. Geben Sie einen Ihrer Wiederherstellungscodes ein.',
    'reset.password_again':
      'Geben Sie auch das neue Passwort noch einmal ein: Es ist noch nicht gesetzt.',
    'enrolment.title': 'Schützen Sie Ihr Konto',
    'enrolment.text':
      'Um sich als {email} anzumelden, reicht ein Passwort nicht mehr. Richten Sie jetzt einen zweiten Faktor ein: Es dauert zwei Minuten.',
    'enrolment.strong_text':
      'Um sich als {email} anzumelden, ist ab jetzt ein Passkey nötig. Richten Sie einen ein: Es dauert eine Minute.',
    'confirm.code_text':
      'Sie sind als {email} angemeldet. Für den nächsten Schritt geben Sie einen Code Ihrer Authenticator-App ein.',
    'confirm.passkey_text':
      'Sie sind als {email} angemeldet. Für den nächsten Schritt benutzen Sie noch einmal Ihren Passkey.',
    'confirm.recovery_text':
      'Diese Website kann Ihre Passkeys nicht mehr prüfen: Ihr Name hat sich geändert. Für den nächsten Schritt melden Sie sich mit einem Wiederherstellungscode neu an.',
    'error.second_factor_required':
      'Ihr Konto hat einen zweiten Faktor, und er ist hier auch nötig. Geben Sie ihn an, und das neue Passwort noch einmal.',
    'error.second_factor_enrolment_required':
      'Richten Sie einen zweiten Faktor ein, bevor Sie sich anmelden.',
    'error.invalid_passkey': 'Dieser Passkey gilt hier nicht. Nehmen Sie einen anderen.',
    'error.passkeys_not_configured':
      'Passkeys sind auf diesem Server nicht eingerichtet. Nehmen Sie einen anderen Weg, oder fragen Sie den Betreiber.',
    'error.factor_required':
      'Sie brauchen hier einen zweiten Faktor, und das ist Ihr letzter. Fügen Sie zuerst einen anderen hinzu.',
    'error.insufficient_user_authentication': 'Zeigen Sie dafür noch einmal, wer Sie sind.',
  },
});
