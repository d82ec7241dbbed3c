import type { Messages } from '../en.ts';

export const sign_in: Messages['sign_in'] = {
  title: 'Anmelden',
  lead: 'Verwaltung Ihrer Benutzer, Sitzungen und Einstellungen.',
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  show_password: 'Passwort zeigen',
  hide_password: 'Passwort verbergen',
  submit: 'Anmelden',
  passkey: 'Mit einem Passkey anmelden',
  second_title: 'Noch ein Schritt',
  second_lead: 'Dieses Konto hat einen zweiten Faktor.',
  remember: 'Auf diesem Gerät %{time} lang nicht danach fragen',
  remember_hint: 'Nur auf einem Gerät, das niemand sonst benutzt.',
  back: 'Von vorn beginnen',
  tries_left: 'Sie haben noch %{smart_count} Versuch. |||| Sie haben noch %{smart_count} Versuche.',
  flow_expired:
    'Diese Anmeldung hat zu lange gedauert oder zu viele Versuche gebraucht. Beginnen Sie von vorn.',
  enrolment: 'Dieses Konto muss einen zweiten Faktor haben.',
  to_enrolment: 'Jetzt einrichten',
  invalid: 'Kein aktives Konto hat diese E-Mail-Adresse und dieses Passwort.',
  no_permission: 'Dieses Konto darf nichts verwalten.',
  no_permission_hint: 'Ein Administrator, der Rollen verwaltet, kann Ihnen eine zuweisen.',
  insecure:
    'Die Verbindung ist nicht verschlüsselt. Dafür speichert der Browser keine Sitzung. Öffnen ' +
    'Sie die Seite über https oder als localhost.',
  ended: 'Ihre Sitzung ist zu Ende. Melden Sie sich wieder an.',
  ended_session_expired: 'Ihre Sitzung ist abgelaufen. Melden Sie sich wieder an.',
  ended_refresh_token_reused:
    'Ihre Sitzung wurde beendet, weil ein altes Token von ihr noch einmal benutzt wurde: Jemand ' +
    'könnte es kopiert haben. Melden Sie sich wieder an und prüfen Sie Ihre Sitzungen.',
  ended_session_revoked: 'Ihre Sitzung wurde von einem anderen Gerät aus beendet.',
  ended_session_revoked_by_admin: 'Ihre Sitzung wurde von einem Administrator beendet.',
  ended_session_limit_reached:
    'Sie haben sich auf zu vielen Geräten angemeldet. Deshalb wurde diese Sitzung beendet.',
  ended_password_reset: 'Ihr Passwort wurde zurückgesetzt. Melden Sie sich mit dem neuen an.',
  ended_email_proven:
    'Ihre E-Mail-Adresse wurde erstmals bestätigt; deshalb wurden alle früheren Sitzungen beendet. Setzen Sie Ihr Passwort zurück.',
  ended_email_restored:
    'Eine Änderung Ihrer E-Mail-Adresse wurde rückgängig gemacht. Setzen Sie Ihr Passwort zurück, um sich anzumelden.',
  ended_factors_reset:
    'Ihre zweiten Faktoren wurden zurückgesetzt. Melden Sie sich wieder an, und fügen Sie einen neuen hinzu.',
  ended_second_factor_due:
    'Ein zweiter Faktor ist jetzt nötig. Melden Sie sich an, um einen hinzuzufügen.',
  ended_database_restored:
    'Die Datenbank wurde aus einer Sicherung wiederhergestellt. Melden Sie sich wieder an.',
  ended_reported_by_user:
    'Sie haben gemeldet: „Das war ich nicht“. Deshalb wurden alle Sitzungen beendet. Setzen Sie Ihr Passwort zurück.',
  ended_password_changed: 'Ihr Passwort wurde geändert. Melden Sie sich mit dem neuen an.',
  ended_user_deactivated: 'Dieses Konto wurde deaktiviert.',
  ended_logged_out: 'Sie sind abgemeldet.',
  waits: 'Nach der Anmeldung sind Sie wieder auf der Seite, auf der %{email} war.',
  no_cookies:
    'Dieser Browser speichert für diese Seite keine Cookies. Sie wären gleich wieder abgemeldet. ' +
    'Erlauben Sie zuerst Cookies.',
};

export const confirm: Messages['confirm'] = {
  title: 'Ihr Passwort, bitte',
  title_factor: 'Sind Sie es?',
  lead: 'Diese Aktion verlangt, dass Sie Ihr Passwort kürzlich eingegeben haben.',
  lead_factor: 'Diese Aktion verlangt, dass Sie Ihren zweiten Faktor kürzlich benutzt haben.',
  no_factor: 'Keiner Ihrer zweiten Faktoren funktioniert auf dieser Seite.',
  password: 'Passwort',
  submit: 'Bestätigen',
  wrong: 'Das ist nicht Ihr Passwort.',
};
