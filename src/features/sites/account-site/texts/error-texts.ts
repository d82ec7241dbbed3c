import { area } from './area.ts';

/** What is wrong with a request as a whole: `error.` and the code of the error table. */
export const errorTexts = area({
  en: {
    'error.title': 'Something went wrong',
    'error.summary':
      'There {count, plural, one {is a problem} other {are # problems}} with what you entered',
    'error.other': 'This did not work. Go back and try again.',
    'error.request_id': 'If you ask for help, say this number: {id}',
    'error.not_found_title': 'This page does not exist',
    'error.not_found': 'There is nothing here. The link may be old, or was not copied in full.',
    'error.invalid_credentials': 'The email or the password is not right.',
    'error.rate_limited':
      'That was too often. Try again in {minutes, plural, one {a minute} other {# minutes}}.',
    'error.csrf_refused':
      'This did not come from a page of this site. Open the page again, and send it from there.',
    'error.last_superuser':
      'You are the only active superuser. Make somebody else one first: without a superuser nobody could administer the server.',
    'error.overloaded': 'The server is busy. Try again in a moment.',
    'error.database_unavailable': 'The server cannot store anything now. Try again in a moment.',
    'error.maintenance':
      'The server is in maintenance and does not change anything now. Try again in a few minutes.',
    'error.shutting_down': 'The server is starting again. Try again in a moment.',
    'error.internal_error': 'An error happened on the server. You did nothing wrong.',
    'error.mail_not_configured_title': 'This server sends no mail',
    'error.mail_not_configured':
      'This page needs a mail. Ask the person who runs the server to help you.',
    'error.malformed_request':
      'The browser sent something that the server cannot read. Delete the cookies of this site.',
  },
  de: {
    'error.title': 'Etwas ist schiefgegangen',
    'error.summary':
      '{count, plural, one {Eine Eingabe stimmt nicht} other {# Eingaben stimmen nicht}}',
    'error.other': 'Das hat nicht geklappt. Gehen Sie zurück, und versuchen Sie es noch einmal.',
    'error.request_id': 'Wenn Sie um Hilfe bitten, nennen Sie diese Nummer: {id}',
    'error.not_found_title': 'Diese Seite gibt es nicht',
    'error.not_found': 'Hier ist nichts. Der Link ist vielleicht alt oder nicht ganz kopiert.',
    'error.invalid_credentials': 'Die E-Mail-Adresse oder das Passwort ist nicht richtig.',
    'error.rate_limited':
      'Das war zu oft. Versuchen Sie es in {minutes, plural, one {einer Minute} other {# Minuten}} noch einmal.',
    'error.csrf_refused':
      'Das kam nicht von einer Seite dieser Website. Öffnen Sie die Seite neu, und senden Sie es von dort.',
    'error.last_superuser':
      'Sie sind der einzige aktive Superuser. Machen Sie zuerst jemand anderen dazu: Ohne Superuser könnte niemand den Server verwalten.',
    'error.overloaded': 'Der Server ist ausgelastet. Versuchen Sie es gleich noch einmal.',
    'error.database_unavailable':
      'Der Server kann gerade nichts speichern. Versuchen Sie es gleich noch einmal.',
    'error.maintenance':
      'Der Server wird gewartet und ändert gerade nichts. Versuchen Sie es in einigen Minuten noch einmal.',
    'error.shutting_down': 'Der Server startet neu. Versuchen Sie es gleich noch einmal.',
    'error.internal_error': 'Auf dem Server ist ein Fehler passiert. Es liegt nicht an Ihnen.',
    'error.mail_not_configured_title': 'Dieser Server verschickt keine E-Mails',
    'error.mail_not_configured':
      'Diese Seite braucht eine E-Mail. Bitten Sie die Person um Hilfe, die den Server betreibt.',
    'error.malformed_request':
      'Der Browser hat etwas gesendet, was der Server nicht lesen kann. Löschen Sie die Cookies dieser Website.',
  },
});
