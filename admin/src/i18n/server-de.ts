/**
 * German for what the server says itself: titles of problems, settings, permissions. What is not
 * here is shown in the server's own words, marked as English.
 */
export const serverDe = {
  problem_titles: {
    mail_not_configured: 'Dieser Server sendet keine Mails.',
    invalid_code: 'Der Code stimmt nicht.',
    invalid_passkey: 'Dieser Passkey wurde nicht angenommen.',
    passkeys_not_configured: 'Auf diesem Server gibt es keine Passkeys.',
    passkey_upgrade_not_due: 'Es ist zu früh, wieder einen Passkey anzubieten.',
    second_factor_enrolment_required: 'Das Konto muss einen zweiten Faktor haben.',
    second_factors_off: 'Zweite Faktoren sind auf diesem Server ausgeschaltet.',
    second_factor_required: 'Das Konto hat einen zweiten Faktor.',
    flow_expired: 'Der Code oder Link gilt nicht mehr.',
    mail_sign_in_off: 'Hier kann sich niemand per Mail anmelden.',
    too_many_factors:
      'Das Konto hat so viele Faktoren, wie es haben kann. Entfernen Sie erst einen.',
    factor_required: 'Das Konto braucht diesen Faktor. Fügen Sie erst einen anderen hinzu.',
    no_factor: 'Das Konto hat keine Authenticator-App und keinen Passkey.',
    email_already_verified: 'Die E-Mail-Adresse ist schon bestätigt.',
    mail_finished: 'Die Mail wartet nicht mehr.',
    invalid_fields: 'Einige Angaben stimmen nicht.',
    invalid_body: 'Die Anfrage hat nicht die richtige Form.',
    malformed_body: 'Die Anfrage war nicht lesbar.',
    invalid_refresh_token: 'Die Sitzung gilt nicht mehr.',
    invalid_credentials: 'E-Mail-Adresse oder Passwort stimmen nicht.',
    not_authenticated: 'Dafür müssen Sie angemeldet sein.',
    invalid_token: 'Die Sitzung gilt nicht mehr.',
    user_inactive: 'Der Benutzer ist deaktiviert oder gelöscht.',
    insufficient_user_authentication: 'Bitte weisen Sie sich noch einmal aus.',
    setting_pinned: 'Diese Einstellung legt die Umgebung fest.',
    maintenance: 'Der Server wird gerade gewartet; Änderungen sind nicht möglich.',
    shutting_down: 'Der Server hält gerade an. Versuchen Sie es gleich noch einmal.',
    body_too_large: 'Die Anfrage ist zu groß.',
    request_timeout: 'Die Anfrage kam zu langsam an.',
    cannot_rotate: 'Jetzt kann kein neuer Schlüssel erzeugt werden.',
    password_already_set: 'Dieses Konto hat schon ein Passwort.',
    impersonation_ended: 'Das Handeln als dieser Benutzer ist beendet.',
    no_admin_permission: 'Dieses Konto darf nichts verwalten.',
    not_ready: 'Der Server ist gerade nicht bereit.',
    already_set_up: 'Es gibt schon einen Administrator.',
    invalid_link_token: 'Der Link gilt nicht mehr.',
    email_not_verified: 'Die E-Mail-Adresse muss zuerst bestätigt werden.',
    registration_closed: 'Auf diesem Weg kann sich niemand registrieren.',
  },
  setting_texts: {
    SITE_NAME: 'Der Name am Kopf der Konto-Seiten, in Mails und in Authenticator-Apps.',
    SITE_LOGO:
      'Das Bild neben dem Namen, als `data:`-URL: PNG, JPEG, WebP oder SVG, höchstens 30 KB. Es wird als Quadrat von 32 Pixeln gezeigt.',
    SITE_COLORS_LIGHT:
      'Farben der Konto-Seiten im hellen Design, wie `accent=#3347c4`: background, surface, field, text, muted, border, accent, accent-text, link, focus, danger, success. Farben, mit denen man Text nicht lesen könnte, werden abgelehnt (WCAG 2.2: ein Kontrast von 4,5).',
    SITE_COLORS_DARK: 'Dasselbe für das dunkle Design, das Browser wählen.',
    RETURN_ORIGINS:
      'Andere Websites, zu denen die Konto-Seiten mit `return_to` zurückführen dürfen: ihre Origins, mit Leerzeichen dazwischen.',
    ACCESS_TOKEN_LIFETIME: 'Wie lange ein Access-Token gilt. Eine Erneuerung gibt das nächste.',
    ACCESS_TOKEN_ALGORITHM:
      'Wie Access-Tokens signiert werden: mit dem Geheimnis (HS256), oder mit Schlüsseln, deren öffentliche Hälften unter `/.well-known/jwks.json` stehen (ES256, EdDSA), sodass andere prüfen, aber nicht signieren können.',
    ACCESS_TOKEN_PERMISSIONS:
      'Ob Access-Tokens sagen, was ihr Benutzer darf (`roles`, `permissions`), für Anwendungen, die das lesen. Bei mehr als 4 KB sagen sie nur, dass es weggelassen wurde.',
    SIGNING_KEY_ROTATION:
      'Wie lange ein Schlüssel von ES256 oder EdDSA signiert, bevor es der nächste tut.',
    REFRESH_TOKEN_LIFETIME:
      'Wie lange eine Sitzung lebt, ohne erneuert zu werden. Jede Erneuerung beginnt die Zeit neu.',
    REFRESH_GRACE_PERIOD:
      'Wie lange das zuletzt benutzte Refresh-Token noch einmal gesendet werden darf (ein zweiter ' +
      'Versuch, ein zweiter Tab), ohne dass seine Sitzung endet. 0: Jede Wiederholung gilt als ' +
      'Diebstahl.',
    REFRESH_GRACE_MODE:
      'Wer innerhalb von REFRESH_GRACE_PERIOD dieselben neuen Tokens noch einmal bekommt: `keyed`, eine Anfrage, die den Header Idempotency-Key der ersten wiederholt; `open`, auch eine ohne ihn, wenn die erste keinen hatte.',
    SESSION_MAX_AGE: 'Wie lange eine Sitzung lebt, so oft sie auch erneuert wird. 0: ohne Ende.',
    MAX_SESSIONS_PER_USER:
      'Wie viele Sitzungen ein Benutzer haben darf; bei einer mehr endet die älteste. 0: beliebig viele.',
    ENDED_SESSION_RETENTION:
      'Wie lange eine beendete oder abgelaufene Sitzung aufgehoben wird, damit man sagen kann, warum sie endete.',
    MAINTENANCE_MODE:
      'Ob jede Anfrage abgelehnt wird, die Daten ändert (503 `maintenance`). Anfragen, die nur lesen, werden beantwortet. Gedacht für einen Umzug. Schalten Sie es an der Kommandozeile aus, denn anmelden kann sich niemand.',
    FACTOR_RESET_DELAY:
      'Wie lange es dauert, bis die Faktoren eines Benutzers zurückgesetzt sind, nachdem ein Administrator es verlangt hat. Bis dahin kann der Benutzer es durch eine Mail abbrechen. 0: sofort.',
    INVITATION_LIFETIME: 'Wie lange der Link einer Einladung gilt.',
    IMPERSONATION_LIFETIME:
      'Wie lange ein Administrator als ein anderer Benutzer handeln kann. Eine Erneuerung verlängert das nicht.',
    REAUTHENTICATION_AGE:
      'Wie lange eine Anmeldung als kürzlich gilt. Danach verlangen Anfragen, die eine kürzliche Anmeldung brauchen, noch einmal das Passwort; von Benutzern mit zweitem Faktor einen Code oder einen Passkey.',
    MAIL_SIGN_IN:
      'Ob sich Benutzer statt mit dem Passwort mit einem Code aus einer Mail anmelden können. Wer die Mail eines Benutzers liest, kann sich dann als dieser anmelden. Anders als nach einem Zurücksetzen merkt der Benutzer es nicht an einem geänderten Passwort.',
    SECOND_FACTOR_POLICY:
      'Wer einen zweiten Faktor hat. `optional`: wer einen hinzufügt, und Benutzer einer Rolle, die ihn verlangt. `required`: alle. `off`: Niemand kann einen hinzufügen, und was Rollen verlangen, bleibt ohne Wirkung. Nach vorhandenen Faktoren wird immer gefragt.',
    SECOND_FACTOR_GRACE_PERIOD:
      'Wie lange ein Benutzer, der einen zweiten Faktor haben muss, Zeit hat, einen hinzuzufügen, ab der ersten Anmeldung oder Erneuerung, bei der er nötig ist. Jeder Benutzer bekommt diese Zeit einmal. Danach führt eine Anmeldung nur dazu, einen hinzuzufügen.',
    TRUSTED_DEVICE_LIFETIME:
      'Wie lange ein Gerät gemerkt wird, wenn sein Benutzer nicht bei jeder Anmeldung nach dem zweiten Faktor gefragt werden will. 0: Kein Gerät wird gemerkt.',
    MAIL_RETENTION:
      'Wie lange eine erledigte Mail im Postausgang steht. Ihr Inhalt wird gelöscht, sobald sie gesendet ist.',
    AUDIT_RETENTION: 'Wie lange die Einträge des Protokolls aufgehoben werden.',
    PASSWORD_MIN_LENGTH:
      'Wie lang ein neues Passwort mindestens ist. Schon gesetzte bleiben gültig.',
    PASSWORD_BLOCKLIST_CHECK:
      'Ob ein neues Passwort abgelehnt wird, das auf der Liste der häufigen steht.',
    PASSWORD_SIMILARITY_CHECK:
      'Ob ein neues Passwort abgelehnt wird, das der E-Mail-Adresse oder dem Benutzernamen ähnelt.',
    PASSWORD_BREACH_CHECK:
      'Ob ein neues Passwort unter denen bekannter Datenlecks gesucht wird, bei `LATCHKEY_BREACH_RANGE_URL`. Dorthin gehen fünf Stellen eines Hashs, nie das Passwort. Kommt binnen einer Sekunde keine Antwort, wird das Passwort angenommen.',
    PASSWORD_HASH_MEMORY:
      'Der Speicher eines Argon2id-Hashs. Es entstehen so viele zugleich, wie es Kerne gibt. Ältere Hashs werden ersetzt, wenn ihre Benutzer sich anmelden.',
    PASSWORD_HASH_PASSES: 'Wie oft Argon2id über seinen Speicher geht.',
    PASSWORD_HASH_LANES:
      'In wie viele Bahnen Argon2id seinen Speicher teilt. Ein Thread berechnet sie alle.',
    RATE_LIMITS_ENABLED:
      'Ob die Ratenbegrenzungen unten gelten. Nur für Tests und Messungen ausschalten.',
    LOGIN_FAILURES_PER_ACCOUNT:
      'Wie viele falsche Passwörter ein Konto insgesamt von Geräten und Netzen annimmt, die sich noch nie an ihm angemeldet haben. 0: keine Grenze.',
    LOGIN_FAILURES_PER_DEVICE:
      'Wie viele falsche Passwörter ein Konto von einem Gerät oder Netz annimmt, das sich schon an ihm angemeldet hat. 0: keine Grenze.',
    LOGIN_FAILURES_PER_NETWORK:
      'Wie viele falsche Passwörter ein Netz senden darf, für alle Konten zusammen. Ein Netz ist eine IPv4-Adresse oder ein IPv6-/64. 0: keine Grenze.',
    LOGINS_PER_ACCOUNT:
      'Wie viele Anmeldungen ein Konto von Geräten und Netzen zulässt, die sich schon an ihm angemeldet haben. 0: keine Grenze.',
    LOGINS_PER_NETWORK:
      'Wie viele Anmeldungen ein Netz versuchen darf, für alle Konten zusammen. 0: keine Grenze.',
    REGISTRATIONS_PER_ACCOUNT:
      'Wie oft eine E-Mail-Adresse für eine Registrierung oder als neue E-Mail-Adresse eines Kontos verwendet werden darf. 0: keine Grenze.',
    REGISTRATIONS_PER_NETWORK:
      'Wie oft ein Netz ein Konto registrieren oder eine E-Mail-Adresse ändern darf. 0: keine Grenze.',
    REFRESHES_PER_SESSION:
      'Wie oft eine Sitzung erneuert werden darf, Wiederholungen mitgezählt. 0: keine Grenze.',
    REFRESHES_PER_NETWORK:
      'Wie oft ein Netz Sitzungen erneuern oder abmelden darf, alle Sitzungen zusammen. 0: keine Grenze.',
    REAUTHENTICATION_FAILURES_PER_SESSION:
      'Wie viele falsche Passwörter eine Sitzung senden darf, um noch einmal zu zeigen, wer ihr Benutzer ist, etwa um das Passwort zu ändern oder das Konto zu löschen. Falsche zweite Faktoren zählen für sich (`FACTOR_FAILURES_PER_FACTOR`). 0: keine Grenze.',
    REAUTHENTICATION_FAILURES_PER_NETWORK:
      'Wie viele falsche Passwörter für ein Konto ein Netz senden darf, um noch einmal zu zeigen, wer ihr Benutzer ist. Falsche zweite Faktoren zählen für sich (`FACTOR_FAILURES_PER_NETWORK`). 0: keine Grenze.',
    LINK_TOKEN_FAILURES_PER_NETWORK:
      'Wie viele ungültige Link-Tokens ein Netz senden darf. 0: keine Grenze.',
    FACTOR_FAILURES_PER_FACTOR:
      'Wie viele falsche Codes von Authenticator-Apps ein Konto annimmt, und wie viele falsche Wiederherstellungscodes: bei der Anmeldung, beim Zurücksetzen des Passworts und beim erneuten Bestätigen. Danach werden dort Codes dieser Art abgelehnt; Passkeys nicht. 0: keine Grenze.',
    FACTOR_FAILURES_PER_NETWORK:
      'Wie viele falsche zweite Faktoren ein Netz senden darf, für alle Konten zusammen. 0: keine Grenze.',
    CHANGES_PER_USER:
      'Wie viele Änderungen ein Benutzer an seinem Konto machen darf, in allen Sitzungen zusammen. 0: keine Grenze.',
    SECURITY_CHANGES_PER_SESSION:
      'Wie oft eine Sitzung Sitzungen beenden, das Passwort ändern oder bestätigen oder das Konto löschen darf. Ein Dieb in einer Sitzung kann nicht verbrauchen, was der Besitzer in einer anderen darf. 0: keine Grenze.',
    CHANGES_PER_ADMINISTRATOR:
      'Wie viele Anfragen, die Daten ändern (auch Exporte), ein Administrator senden darf. 0: keine Grenze.',
    EXPORTS_PER_USER:
      'Wie oft ein Benutzer seine Daten exportieren darf, in allen Sitzungen zusammen. 0: keine Grenze.',
    NOTICE_PASSWORD: 'Ob Benutzer eine Mail bekommen, wenn ihr Passwort geändert wurde.',
    NOTICE_RECOVERY:
      'Ob Benutzer eine Mail bekommen, wenn ein Code aus einer Mail benutzt wurde: um das Passwort zurückzusetzen, oder um sich statt mit dem Passwort anzumelden (höchstens einmal am Tag).',
    NOTICE_NEW_DEVICE:
      'Ob Benutzer eine Mail bekommen, wenn sich jemand mit einem neuen Gerät aus einem neuen Netz anmeldet. Nicht bei der ersten Anmeldung, und höchstens einmal am Tag.',
    NOTICE_ADMINISTRATOR:
      'Ob Benutzer eine Mail bekommen, wenn ein Administrator etwas mit ihrem Konto tut: das Passwort oder die E-Mail-Adresse setzen, es deaktivieren, seine Faktoren zurücksetzen oder das abbrechen, oder für sie handeln.',
    NOTICE_FACTOR:
      'Ob Benutzer eine Mail bekommen, wenn zu ihrem Konto eine Authenticator-App oder ein Passkey hinzukam oder entfernt wurde, ein Wiederherstellungscode verwendet wurde, es neue gibt, oder die erste Bestätigung der E-Mail-Adresse Faktoren entfernt hat.',
    NOTICE_ACCOUNT_DELETED: 'Ob Benutzer eine Mail bekommen, wenn ihr Konto gelöscht wurde.',
    NOTICES_PER_RECIPIENT:
      'Wie viele Benachrichtigungen einer Art an eine E-Mail-Adresse gehen. Sie zählen nicht als MAILS_PER_RECIPIENT und verhindern also nie, dass ein Code gesendet wird. 0: keine Grenze.',
    MAILS_PER_RECIPIENT:
      'Wie viele Mails mit einem Code oder Link an ein Postfach gehen, in allen Schreibweisen. Weitere Anfragen bekommen dieselbe Antwort, aber keine Mail. Mails für Benutzer, die sich angemeldet haben, oder die ihre E-Mail-Adresse bestätigt haben und aus einem Netz fragen, aus dem sie sich schon angemeldet haben, zählen für sich. 0: keine Grenze.',
    MAILS_PER_RECIPIENT_A_DAY: 'Dasselbe für einen Tag. 0: keine Grenze.',
    MAILS_PER_NETWORK:
      'Um wie viele Mails ein Netz bitten darf, ohne angemeldet zu sein. Anfragen angemeldeter Benutzer zählen für sich. 0: keine Grenze.',
    MAILS_PER_MINUTE:
      'Wie viele Mails dem SMTP-Server übergeben werden. Die übrigen warten im Postausgang. 0: keine Grenze.',
    REGISTRATION_MODE:
      'Wie Konten entstehen. `open`: mit E-Mail-Adresse und Passwort, über `/api/register/`. `verify_first`: erst, wenn die E-Mail-Adresse bestätigt ist, über `/api/registrations/`. `invite`: durch Einladungen von Administratoren. `closed`: Niemand kann sich registrieren.',
    REGISTRATION_MAIL:
      'Ob eine Registrierung über `/api/register/` eine Mail mit einem Code sendet, der die E-Mail-Adresse bestätigt, wenn der Server Mails sendet.',
    EMAIL_CHANGE_MODE:
      'Was `PUT /api/me/` mit einer anderen E-Mail-Adresse tut. `direct`: Sie ändert sich sofort, und die alte kann das sieben Tage lang rückgängig machen. `confirm`: Sie ändert sich, sobald die neue durch einen Code per Mail bestätigt ist. So ist es immer bei `verify_first` als REGISTRATION_MODE, und wenn REQUIRE_VERIFIED_EMAIL an ist.',
    REQUIRE_VERIFIED_EMAIL:
      'Ob die Anmeldung abgelehnt wird (403 `email_not_verified`), bis die E-Mail-Adresse bestätigt ist, wenn VERIFICATION_GRACE_PERIOD vorbei ist. Auf einem Server, der keine Mails sendet, bleibt es ohne Wirkung.',
    VERIFICATION_GRACE_PERIOD:
      'Wie lange sich ein Benutzer ohne bestätigte E-Mail-Adresse anmelden kann, wenn REQUIRE_VERIFIED_EMAIL an ist: ab dem Zeitpunkt, zu dem das Konto die Adresse bekam, und mindestens ab dem Einschalten. 0: gar nicht.',
    KNOWN_NETWORK_RETENTION:
      'Wie lange ein Netz, das sich an einem Konto angemeldet hat, als ihm bekannt gilt.',
  },
  permissions: {
    users_view: 'Benutzer sehen, und was über sie gespeichert ist.',
    users_create: 'Benutzer anlegen und einladen.',
    users_change: 'Benutzer ändern, ihr Passwort setzen, sie deaktivieren und aktivieren.',
    users_delete: 'Benutzer löschen, mit allem, was ihnen gehört.',
    users_export: 'Die Liste der Benutzer herunterladen.',
    users_reset_factors: 'Die zweiten Faktoren von Benutzern zurücksetzen, die sie verloren haben.',
    users_impersonate: 'Kurze Zeit als ein anderer Benutzer angemeldet sein.',
    sessions_view: 'Die Sitzungen aller Benutzer sehen.',
    sessions_end: 'Sitzungen anderer Benutzer beenden.',
    roles_view: 'Rollen und Berechtigungen sehen, und wer sie hat.',
    roles_change: 'Rollen anlegen, ändern und löschen.',
    roles_assign: 'Benutzern Rollen zuweisen und Berechtigungen gewähren, und beides entziehen.',
    settings_view: 'Die Einstellungen und ihre Geschichte sehen.',
    settings_change: 'Einstellungen ändern.',
    keys_view: 'Die Schlüssel sehen, die Access-Tokens signieren.',
    keys_rotate: 'Jetzt den nächsten Signaturschlüssel erzeugen.',
    audit_view: 'Das Protokoll lesen.',
    audit_export: 'Das Protokoll herunterladen.',
    mail_view: 'Den Postausgang sehen: an wen Mails gehen, und was aus ihnen wurde.',
    mail_send: 'Mails, die im Postausgang warten, jetzt senden.',
    nodes_view: 'Den Zustand des Servers sehen: seine Knoten und seine Zahlen.',
    permissions_check: 'Fragen, was ein anderer Benutzer darf.',
  },
};
