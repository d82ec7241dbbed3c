import type { Messages } from '../en.ts';

export const site: Messages['site'] = {
  name: 'Latchkey-Verwaltung',
  skip: 'Zum Inhalt springen',
  menu: 'Menü',
  open_menu: 'Menü öffnen',
  close_menu: 'Menü schließen',
  sections: 'Bereiche',
  account: 'Konto und Darstellung',
  signed_in_as: 'Angemeldet als %{email}',
  sign_out: 'Abmelden',
  theme: 'Darstellung',
  theme_system: 'Wie das System',
  theme_light: 'Hell',
  theme_dark: 'Dunkel',
  language: 'Sprache',
  api_reference: 'API-Referenz',
  loading: 'Lädt…',
  not_found: 'Diese Seite gibt es nicht.',
  not_found_hint: 'Vielleicht ist die URL falsch geschrieben, oder die Seite wurde entfernt.',
  to_overview: 'Zur Übersicht',
  not_allowed: 'Sie haben keine Berechtigung für diese Seite.',
  not_allowed_hint:
    'Ein Administrator, der Rollen verwaltet, kann Ihnen die Berechtigung „%{permission}“ gewähren.',
  crashed: 'In der Seite ist ein Fehler aufgetreten.',
  crashed_hint:
    'Auf dem Server hat er nichts verändert. Laden Sie die Seite neu. Tritt er wieder auf, melden ' +
    'Sie ihn dem Betreiber.',
  reload: 'Seite neu laden',
  copy: 'Kopieren',
  copied: 'Kopiert.',
  close: 'Schließen',
  cancel: 'Abbrechen',
  save: 'Speichern',
  undo: 'Rückgängig',
  undone: 'Rückgängig gemacht.',
  more: 'Weitere Aktionen',
  refresh: 'Aktualisieren',
  none: 'keine Angabe',
  never: 'nie',
  yes: 'Ja',
  no: 'Nein',
  any: 'Alle',
  search: 'Suchen',
  clear_filters: 'Filter entfernen',
  actions: 'Aktionen',
  select: 'Auswählen',
  select_page: 'Alle auf dieser Seite auswählen',
  selection: 'Aktionen für die Auswahl',
  selected: '%{smart_count} ausgewählt |||| %{smart_count} ausgewählt',
  clear: 'Leeren',
  pages: 'Seiten',
  page: 'Seite %{page}',
  previous: 'Zurück',
  next: 'Weiter',
  saved: 'Gespeichert.',
  utc: '%{time} UTC',
  updated: 'Alle 10 Sekunden aktualisiert',
  leave_title: 'Ohne Speichern verlassen?',
  leave_text: 'Ihre Eingaben auf dieser Seite gehen dabei verloren.',
  leave: 'Verlassen',
  stay: 'Bleiben',
  changed_meanwhile: 'Jemand anders hat das inzwischen geändert.',
  changed_meanwhile_hint:
    'Ihre Änderungen sind noch nicht gespeichert. Prüfen Sie alles und speichern Sie noch einmal.',
};

export const nav: Messages['nav'] = {
  overview: 'Übersicht',
  users: 'Benutzer',
  sessions: 'Sitzungen',
  roles: 'Rollen',
  settings: 'Einstellungen',
  audit: 'Protokoll',
  keys: 'Signaturschlüssel',
  nodes: 'Knoten',
  mail: 'Post',
};

export const problem: Messages['problem'] = {
  title: 'Das hat nicht geklappt.',
  request: 'Anfrage %{id}',
  retry: 'Noch einmal',
  unreachable: 'Der Server antwortet nicht.',
  unreachable_hint: 'Prüfen Sie die Verbindung, und ob der Server läuft. Dann noch einmal.',
  rate_limited: 'Zu viele Anfragen.',
  overloaded: 'Der Server ist ausgelastet.',
  permission_denied: 'Das dürfen Sie nicht.',
  last_superuser: 'Der letzte aktive Superuser muss bleiben.',
  last_superuser_hint: 'Machen Sie zuerst jemand anderen zum Superuser.',
  not_found: 'Das gibt es nicht mehr.',
  not_found_hint: 'Vielleicht wurde es gelöscht. Gehen Sie zurück zur Liste.',
  internal_error: 'Auf dem Server ist etwas schiefgegangen.',
  internal_error_hint: 'Der Betreiber findet den Fehler im Log unter der Kennung der Anfrage.',
  database_unavailable: 'Die Datenbank ist gerade nicht verfügbar.',
  database_unavailable_hint:
    'Vielleicht ist der Datenträger voll oder die Datenbank nicht erreichbar. Versuchen Sie es ' +
    'gleich noch einmal.',
  csrf_refused: 'Die Anfrage kam nicht von dieser Seite.',
  csrf_refused_hint:
    'Laden Sie die Seite neu. Hinter einem Proxy: Er muss die Header Host und Origin weitergeben.',
  part_missing: 'Ein Teil der Seite lässt sich nicht laden.',
  part_missing_hint:
    'Vielleicht wechselt der Server gerade seine Version. Laden Sie die Seite in einer Minute neu.',
  not_signed_out: 'Sie sind in diesem Browser abgemeldet, aber der Server war nicht erreichbar.',
  not_signed_out_hint:
    'Auf dem Server bleibt Ihre Sitzung aktiv, bis sie abläuft. Sobald er antwortet, melden Sie ' +
    'sich wieder an und dann ab.',
  version_conflict: 'Jemand anderes hat das inzwischen geändert.',
  version_conflict_hint:
    'Es wurde geändert, seit Sie es geöffnet haben. Prüfen Sie den aktuellen Stand und ändern Sie ' +
    'ihn dann.',
};

export const unknown: Messages['unknown'] = {
  title: 'Einen Moment',
  lead: 'Der Server prüft, ob Sie angemeldet sind. Sie wurden nicht abgemeldet.',
  slow: 'Der Server braucht lange für eine Antwort.',
};
