import type { Messages } from '../en.ts';

export const overview: Messages['overview'] = {
  title: 'Übersicht',
  live_sessions: 'Laufende Sitzungen',
  users: 'Benutzer',
  users_active: '%{active} davon aktiv',
  sign_ins: 'Anmeldungen, 24 Stunden',
  failures: 'Fehlversuche, 24 Stunden',
  failure_share: '%{share} aller Versuche',
  refreshes: 'Erneuerungen je Minute',
  refreshes_window: 'in den letzten 10 Minuten',
  hash_queue: 'Passwörter, die auf ihre Prüfung warten',
  hash_queue_of: 'von höchstens %{limit}',
  loop_delay: 'Verzug der Ereignisschleife',
  nodes: 'Knoten',
  nodes_alive: 'laufen, von %{all} bekannten',
  chart_sign_ins: 'Anmeldungen und Fehlversuche, letzte 24 Stunden',
  chart_refreshes: 'Erneuerungen, letzte 24 Stunden',
  chart_summary_sign_ins:
    'In den letzten 24 Stunden: Anmeldungen %{sign_ins}, Fehlversuche %{failures}.',
  chart_summary_refreshes:
    'In den letzten 24 Stunden: Erneuerungen %{refreshes}, höchstens %{peak} in 10 Minuten.',
  series_sign_ins: 'Anmeldungen',
  series_failures: 'Fehlversuche',
  series_refreshes: 'Erneuerungen',
  as_table: 'Als Tabelle',
  time: 'Zeit',
  hour: 'Stunde ab',
  without_factor:
    '%{smart_count} Administrator hat keinen zweiten Faktor. |||| %{smart_count} Administratoren haben keinen zweiten Faktor.',
  without_factor_hint:
    'Wer ein solches Passwort erfährt, verwaltet diesen Server. Eine Rolle kann einen zweiten Faktor verlangen.',
  to_security: 'Den eigenen einrichten',
  quiet: 'In den letzten 24 Stunden ist nichts geschehen.',
  may: 'Was Sie hier tun können',
  may_hint: 'Für die Zahlen des Servers brauchen Sie die Berechtigung nodes.view.',
};

export const keys: Messages['keys'] = {
  title: 'Signaturschlüssel',
  lead: 'Sie signieren die Access-Tokens; andere prüfen diese mit den öffentlichen Hälften unter /.well-known/jwks.json.',
  kid: 'Schlüssel',
  algorithm: 'Verfahren',
  state: 'Zustand',
  state_next: 'Der nächste',
  state_active: 'Signiert',
  state_retired: 'Prüft nur noch',
  state_revoked: 'Widerrufen',
  created: 'Erzeugt',
  active: 'Signiert ab',
  empty: 'Es gibt keine Schlüssel.',
  empty_hint:
    'Access-Tokens werden mit dem Geheimnis des Servers signiert (HS256). Die Einstellung ACCESS_TOKEN_ALGORITHM ändert das.',
  rotate: 'Nächsten Schlüssel erzeugen',
  rotate_title: 'Den nächsten Signaturschlüssel erzeugen?',
  rotate_text:
    'Er wird sofort veröffentlicht und signiert eine Viertelstunde später. Tokens von vorher gelten, bis sie ablaufen; niemand wird abgemeldet.',
  rotated: 'Der nächste Schlüssel ist veröffentlicht.',
};

export const nodes: Messages['nodes'] = {
  title: 'Knoten',
  lead: 'Die Serverprozesse und ihr zuletzt gemeldeter Zustand.',
  host: 'Rechner',
  pid: 'Prozess',
  version: 'Version',
  state: 'Zustand',
  alive: 'Läuft',
  gone: 'Nicht erreichbar',
  started: 'Seit',
  seen: 'Zuletzt gemeldet',
  lag: 'Einstellungen veraltet seit',
  leads: 'Hintergrundarbeiten',
  leads_sweep: 'Aufräumen',
  leads_audit: 'Protokoll',
  leads_keys: 'Schlüssel',
  empty: 'Noch hat sich kein Knoten gemeldet.',
  milliseconds: '%{ms} ms',
};
