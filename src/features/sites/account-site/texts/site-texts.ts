import { area } from './area.ts';

/** What stands around every page. */
export const siteTexts = area({
  en: {
    'site.name': 'Your account',
    'site.language': 'Language',
    'site.skip': 'Skip to the content',
    'site.navigation': 'Your account',
    'site.back': 'Back',
    'site.cancel': 'Cancel',
    'site.error_title': 'Error: {title}',
    'nav.overview': 'Overview',
    'nav.password': 'Password',
    'nav.sessions': 'Devices',
    'nav.data': 'Your data',
  },
  de: {
    'site.name': 'Ihr Konto',
    'site.language': 'Sprache',
    'site.skip': 'Zum Inhalt',
    'site.navigation': 'Ihr Konto',
    'site.back': 'Zurück',
    'site.cancel': 'Abbrechen',
    'site.error_title': 'Fehler: {title}',
    'nav.overview': 'Übersicht',
    'nav.password': 'Passwort',
    'nav.sessions': 'Geräte',
    'nav.data': 'Ihre Daten',
  },
});
