import type { Messages } from '../en.ts';

export const factors: Messages['factors'] = {
  code: 'Code Ihrer Authenticator-App',
  code_hint: 'Sechs Ziffern.',
  recovery_code: 'Wiederherstellungscode',
  recovery_code_hint:
    'Einer von denen, die Sie beim Einrichten des zweiten Faktors aufbewahrt haben.',
  use_totp: 'Einen Code der App benutzen',
  use_recovery_code: 'Einen Wiederherstellungscode benutzen',
  use_passkey: 'Einen Passkey benutzen',
  wrong_code: 'Dieser Code stimmt nicht oder wurde schon benutzt.',
  passkey_not_used:
    'Es wurde kein Passkey benutzt. Versuchen Sie es noch einmal oder auf einem anderen Weg.',
  tab: 'Zweite Faktoren',
  signs_in: 'Meldet sich an mit',
  signs_in_aal1: 'Passwort oder Mail',
  signs_in_aal2: 'Zweitem Faktor',
  signs_in_phr: 'Passkey',
  required: 'Muss sich anmelden mindestens mit',
  due: 'Muss ihn haben bis',
  apps: 'Authenticator-Apps',
  passkeys: 'Passkeys',
  none: 'Keine',
  recovery_codes: 'Übrige Wiederherstellungscodes',
  remembered: 'Gemerkte Geräte',
  added: 'Hinzugefügt',
  last_used: 'Zuletzt benutzt',
  backed_up: 'Sein Anbieter bewahrt eine Kopie auf',
  other_domain: 'Für eine andere Domain: hier nicht verwendbar',
  own_none: 'Sie haben keinen zweiten Faktor: Ihr Passwort allein öffnet diese Seiten.',
  own_change: 'Eigene auf den Konto-Seiten einrichten und ändern',
  reset: 'Zweite Faktoren zurücksetzen',
  reset_title: 'Die zweiten Faktoren von %{email} zurücksetzen?',
  reset_text:
    'Apps, Passkeys, Wiederherstellungscodes und gemerkte Geräte werden gelöscht, und alle Sitzungen enden. Vergewissern Sie sich, dass der Benutzer selbst darum bittet: Danach genügt das Passwort.',
  reset_delay:
    'Das geschieht sofort oder nach FACTOR_RESET_DELAY. Der Benutzer erfährt es per Mail und kann es bis dahin abbrechen.',
  reset_reason: 'Grund (für das Protokoll)',
  reset_done: 'Die zweiten Faktoren von %{email} sind zurückgesetzt.',
  reset_requested:
    'Die zweiten Faktoren von %{email} werden zurückgesetzt. Bis dahin lässt es sich abbrechen.',
  pending: 'Die zweiten Faktoren werden zurückgesetzt.',
  pending_text: 'Das geschieht am %{time}, wenn es niemand abbricht. Auch der Benutzer kann das.',
  pending_reason: 'Grund: %{reason}',
  cancel: 'Zurücksetzen abbrechen',
  cancelled: 'Das Zurücksetzen ist abgebrochen.',
};
