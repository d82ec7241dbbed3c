import type { Texts } from './texts-en.ts';

export const german: Texts = {
  'password_reset.subject': 'Passwort zurücksetzen bei {site}',
  'password_reset.heading': 'Passwort zurücksetzen',
  'password_reset.text':
    'Jemand möchte das Passwort Ihres Kontos bei {site} zurücksetzen. Geben Sie diesen Code ein:',
  'password_reset.button': 'Neues Passwort wählen',
  'password_reset.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Nichts wird geändert. Geben Sie diesen Code ' +
    'niemandem, wer auch fragt.',

  'mail_sign_in.subject': 'Anmelden bei {site}',
  'mail_sign_in.heading': 'Anmelden',
  'mail_sign_in.text': 'Geben Sie diesen Code ein, um sich bei {site} anzumelden:',
  'mail_sign_in.button': 'Anmelden',
  'mail_sign_in.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Ohne den Code kann sich niemand anmelden. Geben Sie ihn niemandem, ' +
    'wer auch fragt.',

  'email_verification.subject': 'E-Mail-Adresse bestätigen bei {site}',
  'email_verification.heading': 'E-Mail-Adresse bestätigen',
  'email_verification.text':
    'Geben Sie diesen Code bei {site} ein, um zu bestätigen, dass diese E-Mail-Adresse Ihre ist:',
  'email_verification.link':
    'Oder öffnen Sie diesen Link. Auf einem anderen Gerät oder in einem anderen Browser melden Sie sich dort zuerst an.',
  'email_verification.button': 'E-Mail-Adresse bestätigen',
  'email_verification.warning':
    'Wenn Sie kein Konto bei {site} haben, tun Sie nichts. Geben Sie diesen Code niemandem, wer auch fragt.',

  'registration.subject': 'Ihre Registrierung bei {site}',
  'registration.heading': 'Registrierung abschließen',
  'registration.text':
    'Jemand hat begonnen, sich mit dieser E-Mail-Adresse bei {site} zu registrieren. Geben Sie dort diesen Code ein, ' +
    'um zu bestätigen, dass sie Ihre ist:',
  'registration.button': 'In diesem Browser weitermachen',
  'registration.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Es wird kein Konto angelegt. Geben Sie diesen Code niemandem, der ' +
    'danach fragt.',

  'account_exists.subject': 'Sie haben schon ein Konto bei {site}',
  'account_exists.heading': 'Sie haben schon ein Konto',
  'account_exists.text':
    'Jemand wollte diese E-Mail-Adresse für ein neues Konto bei {site} verwenden. Sie hat schon ein Konto; melden Sie ' +
    'sich damit an. Wenn Sie das Passwort vergessen haben, können Sie ein neues setzen:',
  'account_exists.button': 'Neues Passwort setzen',
  'account_exists.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Es hat sich nichts geändert.',

  'email_change.subject': 'Neue E-Mail-Adresse bestätigen bei {site}',
  'email_change.heading': 'Neue E-Mail-Adresse bestätigen',
  'email_change.text':
    'Jemand möchte diese E-Mail-Adresse für das eigene Konto bei {site} verwenden. Geben Sie dort diesen Code ein, um ' +
    'zu bestätigen, dass sie Ihre ist:',
  'email_change.button': 'In diesem Browser weitermachen',
  'email_change.warning':
    'Wenn Sie das nicht waren, tun Sie nichts: Es wird nichts geändert. Geben Sie diesen Code niemandem, der danach ' +
    'fragt.',

  'email_changed.subject': 'Die E-Mail-Adresse Ihres Kontos bei {site} wurde geändert',
  'email_changed.heading': 'Ihre E-Mail-Adresse wurde geändert',
  'email_changed.text':
    'Ihr Konto bei {site} hat jetzt eine andere E-Mail-Adresse. Wenn Sie das waren, ist nichts zu tun.',
  'email_changed.undo':
    'Wenn Sie das nicht waren, machen Sie es rückgängig: Das Konto bekommt diese E-Mail-Adresse zurück, alle werden ' +
    'abgemeldet, und das alte Passwort gilt nicht mehr.',
  'email_changed.button': 'Änderung rückgängig machen',
  'email_changed.code': 'Die Seite fragt nach diesem Code:',
  'email_changed.warning':
    'Geben Sie Link und Code niemandem, der danach fragt. Solange sie gelten, kann hier niemand sonst diese ' +
    'E-Mail-Adresse verwenden.',

  'email_release.subject':
    'Das Passwort eines Kontos bei {site} lässt sich über diese E-Mail-Adresse noch nicht zurücksetzen',
  'email_release.heading':
    'Über diese E-Mail-Adresse lässt sich das Passwort noch nicht zurücksetzen',
  'email_release.text':
    'Jemand wollte das Passwort des Kontos bei {site} zurücksetzen, das diese E-Mail-Adresse hat. Das Konto hat sie in den ' +
    'letzten sieben Tagen ohne sein Passwort und ohne Nachweis bekommen. So lange kommt niemand durch eine E-Mail an sie hinein.',
  'email_release.own':
    'Wenn das Ihr Konto ist, melden Sie sich mit Ihrem Passwort an, oder machen Sie die Änderung mit der E-Mail rückgängig, ' +
    'die an die frühere Adresse ging.',
  'email_release.other':
    'Wenn es nicht Ihr Konto ist, nehmen Sie ihm Ihre E-Mail-Adresse: Das Konto bekommt seine frühere zurück, und alle werden ' +
    'von ihm abgemeldet.',
  'email_release.button': 'Dem Konto meine E-Mail-Adresse nehmen',

  'email_restored.subject': 'Ihr Konto bei {site} hat wieder diese E-Mail-Adresse',
  'email_restored.heading': 'Die Änderung wurde rückgängig gemacht',
  'email_restored.text':
    'Ihr Konto bei {site} hat wieder diese E-Mail-Adresse. Alle wurden abgemeldet, und das alte Passwort gilt nicht ' +
    'mehr. Setzen Sie ein neues, um sich anzumelden:',
  'email_restored.button': 'Neues Passwort setzen',

  'email_taken_back.subject': 'Ein Konto bei {site} hat diese E-Mail-Adresse nicht mehr',
  'email_taken_back.heading': 'Die Änderung der E-Mail-Adresse wurde rückgängig gemacht',
  'email_taken_back.text':
    'Jemand, der die E-Mails einer früheren Adresse des Kontos liest, hat die Änderung auf diese hier rückgängig gemacht. ' +
    'Alle wurden abgemeldet, und das alte Passwort gilt nicht mehr.',
  'email_taken_back.warning':
    'Wenn das Ihr Konto ist und Sie das nicht waren, schreiben Sie den Betreibern von {site}.',

  'invitation.subject': 'Ihr Konto bei {site}',
  'invitation.heading': 'Ihr Konto bei {site}',
  'invitation.text':
    'Bei {site} wurde ein Konto für Sie angelegt. Wählen Sie ein Passwort, um sich anzumelden:',
  'invitation.button': 'Passwort wählen',
  'invitation.warning':
    'Der Link gilt einmal. Geben Sie ihn niemandem: Wer ihn hat, bekommt das Konto.',

  link: 'Oder öffnen Sie diesen Link. Auf einem anderen Gerät oder in einem anderen Browser brauchen Sie dort auch den Code.',
  'password_changed.subject': 'Ihr Passwort bei {site} wurde geändert',
  'password_changed.heading': 'Ihr Passwort wurde geändert',
  'password_changed.text':
    'Das Passwort Ihres Kontos bei {site} wurde geändert, von jemandem, der angemeldet war und das alte kannte.',

  'password_was_reset.subject': 'Ihr Passwort bei {site} wurde zurückgesetzt',
  'password_was_reset.heading': 'Ihr Passwort wurde zurückgesetzt',
  'password_was_reset.text':
    'Das Passwort Ihres Kontos bei {site} wurde mit dem Code aus einer Mail zurückgesetzt. Alle Sitzungen sind beendet.',

  'mail_sign_in_used.subject': 'Anmeldung per Mail bei {site}',
  'mail_sign_in_used.heading': 'Anmeldung per Mail',
  'mail_sign_in_used.text':
    'Jemand hat sich mit dem Code aus einer Mail statt mit dem Passwort in Ihrem Konto bei {site} angemeldet.',

  'new_device.subject': 'Neue Anmeldung in Ihrem Konto bei {site}',
  'new_device.heading': 'Neue Anmeldung in Ihrem Konto',
  'new_device.text':
    'Jemand hat sich in Ihrem Konto bei {site} angemeldet, mit einem Gerät und aus einem Netz, die für dieses ' +
    'Konto neu sind.',

  'factor_added.subject': 'Ihr Konto bei {site} hat einen weiteren Faktor',
  'factor_added.heading': 'Ihr Konto hat einen weiteren Faktor',
  'factor_added.text':
    'Bei Ihrem Konto bei {site} kann man sich ab jetzt mit einem weiteren Faktor anmelden. Bewahren Sie Ihre ' +
    'Wiederherstellungscodes so auf, dass Sie sie auch ohne dieses Gerät finden.',

  'factor_removed.subject': 'Von Ihrem Konto bei {site} wurde ein Faktor entfernt',
  'factor_removed.heading': 'Von Ihrem Konto wurde ein Faktor entfernt',
  'factor_removed.text':
    'Von Ihrem Konto bei {site} wurde ein Faktor entfernt. Er gilt dort nicht mehr.',

  'recovery_code_used.subject':
    'Ein Wiederherstellungscode Ihres Kontos bei {site} wurde verwendet',
  'recovery_code_used.heading': 'Ein Wiederherstellungscode wurde verwendet',
  'recovery_code_used.text':
    'Ein Wiederherstellungscode Ihres Kontos bei {site} wurde anstelle eines Faktors verwendet. Er gilt nicht noch einmal.',
  'recovery_code_used.few':
    'Es sind nur noch wenige Wiederherstellungscodes übrig. Erzeugen Sie neue, damit Sie sich anmelden können, wenn Sie ' +
    'Ihr Gerät verlieren.',

  'recovery_codes_replaced.subject': 'Ihr Konto bei {site} hat neue Wiederherstellungscodes',
  'recovery_codes_replaced.heading': 'Neue Wiederherstellungscodes',
  'recovery_codes_replaced.text':
    'Für Ihr Konto bei {site} wurden neue Wiederherstellungscodes erzeugt. Die früheren gelten nicht mehr.',

  'password_set.subject': 'Ein Administrator hat Ihr Passwort bei {site} gesetzt',
  'password_set.heading': 'Ein Administrator hat Ihr Passwort gesetzt',
  'password_set.text':
    'Ein Administrator von {site} hat ein neues Passwort für Ihr Konto gesetzt. Alle Sitzungen sind beendet. ' +
    'Wählen Sie eines, das nur Sie kennen.',

  'factors_reset_requested.subject': 'Die Faktoren Ihres Kontos bei {site} werden zurückgesetzt',
  'factors_reset_requested.heading': 'Ihre Faktoren werden zurückgesetzt',
  'factors_reset_requested.text':
    'Ein Administrator von {site} soll die Faktoren Ihres Kontos zurücksetzen. Zur Zeit, die unten steht, gelten Ihre ' +
    'Authenticator-Apps, Passkeys und Wiederherstellungscodes nicht mehr, und das Passwort allein genügt.',

  'factors_reset.subject': 'Die Faktoren Ihres Kontos bei {site} wurden zurückgesetzt',
  'factors_reset.heading': 'Ihre Faktoren wurden zurückgesetzt',
  'factors_reset.text':
    'Ihre Authenticator-Apps, Passkeys und Wiederherstellungscodes gelten bei {site} nicht mehr, und alle Sitzungen sind ' +
    'beendet. Melden Sie sich mit dem Passwort an, und fügen Sie einen neuen Faktor hinzu.',

  'factors_reset_cancelled.subject':
    'Die Faktoren Ihres Kontos bei {site} werden nicht zurückgesetzt',
  'factors_reset_cancelled.heading': 'Ihre Faktoren bleiben, wie sie sind',
  'factors_reset_cancelled.text':
    'Ein Administrator von {site} sollte die Faktoren Ihres Kontos zurücksetzen. Das wurde abgebrochen; wodurch, steht unten.',

  'factors_dropped.subject': 'Faktoren Ihres Kontos bei {site} wurden entfernt',
  'factors_dropped.heading': 'Ihre Faktoren wurden entfernt',
  'factors_dropped.text':
    'Sie haben diese E-Mail-Adresse zum ersten Mal bestätigt. Bis dahin konnte Ihr Konto bei {site} jemand anderem gehören. ' +
    'Darum wurden die Authenticator-Apps und Passkeys entfernt, die vorher dazukamen. Waren es Ihre, fügen Sie sie neu hinzu.',

  'impersonation_started.subject': 'Zugriff des Supports auf Ihr Konto bei {site}',
  'impersonation_started.heading': 'Zugriff des Supports auf Ihr Konto',
  'impersonation_started.text':
    'Ein Administrator von {site} benutzt Ihr Konto seit eben, um Ihnen zu helfen. Für kurze Zeit sieht er, was ' +
    'Sie sehen. E-Mail-Adresse und Passwort kann er nicht ändern.',

  'email_set.subject': 'Ein Administrator hat Ihre E-Mail-Adresse bei {site} geändert',
  'email_set.heading': 'Ein Administrator hat Ihre E-Mail-Adresse geändert',
  'email_set.text':
    'Ein Administrator von {site} hat die E-Mail-Adresse Ihres Kontos geändert. Mails dazu gehen ab jetzt an die neue.',

  'account_deactivated.subject': 'Ihr Konto bei {site} wurde deaktiviert',
  'account_deactivated.heading': 'Ihr Konto wurde deaktiviert',
  'account_deactivated.text':
    'Ein Administrator von {site} hat Ihr Konto deaktiviert. Alle Sitzungen sind beendet, und niemand kann sich anmelden.',

  'account_deleted.subject': 'Ihr Konto bei {site} wurde gelöscht',
  'account_deleted.heading': 'Ihr Konto wurde gelöscht',
  'account_deleted.text':
    'Ihr Konto bei {site} wurde gelöscht, mit allem, was über Sie gespeichert war. Das lässt sich nicht rückgängig machen.',

  'notice.if_you': 'Wenn Sie das waren oder es erwartet haben, ist nichts zu tun.',
  'notice.not_me':
    'Wenn Sie es nicht waren, öffnen Sie diese Seite und geben Sie den Code darunter ein. Alle Sitzungen enden, das ' +
    'Passwort gilt nicht mehr, und Sie bekommen einen Code, um ein neues zu wählen.',
  'notice.not_me_factor':
    'Wenn Sie es nicht waren, öffnen Sie diese Seite und geben Sie den Code darunter ein. Alle Sitzungen enden, das ' +
    'Passwort gilt nicht mehr, Faktoren, die seither dazukamen, werden entfernt, und Sie bekommen einen Code, um ein ' +
    'neues Passwort zu wählen.',
  'notice.not_me_reset':
    'Wenn Sie es nicht waren, ist jemand anderes in Ihrem Konto angemeldet oder hat einen Faktor davon. Öffnen Sie diese ' +
    'Seite und geben Sie den Code darunter ein: Alle Sitzungen enden, das Passwort gilt nicht mehr, und Sie bekommen einen ' +
    'Code, um ein neues zu wählen. Bitten Sie dann die Betreiber von {site}, Ihre Faktoren sofort zurückzusetzen.',
  'notice.if_asked': 'Wenn Sie um Hilfe gebeten haben, ist nichts zu tun.',
  'notice.end_it':
    'Wenn Sie nicht um Hilfe gebeten haben, öffnen Sie diese Seite und geben Sie den Code darunter ein. Dann endet der ' +
    'Zugriff. Sagen Sie den Betreibern von {site} Bescheid.',
  'notice.end_button': 'Zugriff beenden',
  'notice.cancel_reset':
    'Wenn Sie nicht darum gebeten oder Ihr Gerät wiedergefunden haben, öffnen Sie diese Seite und geben Sie den Code darunter ' +
    'ein. Dann wird nichts zurückgesetzt.',
  'notice.button': 'Das war ich nicht',
  'notice.ask': 'Wenn Sie das nicht erwartet haben, fragen Sie die Betreiber von {site}.',

  lifetime:
    'Er gilt {unit, select, minutes {{count, plural, one {# Minute} other {# Minuten}}} ' +
    'hours {{count, plural, one {# Stunde} other {# Stunden}}} ' +
    'other {{count, plural, one {# Tag} other {# Tage}}}} lang.',
  'fact.time': 'Zeit',
  'fact.due': 'Wirksam',
  'fact.device': 'Gerät',
  'fact.ip': 'IP-Adresse',
  'fact.factor': 'Faktor',
  'fact.codes_left': 'Übrige Wiederherstellungscodes',
  'fact.cancelled_by': 'Abgebrochen durch',
  'cancelled_by.factor_used':
    'einen Faktor oder Wiederherstellungscode Ihres Kontos, der verwendet wurde',
  'cancelled_by.factor_added': 'einen Faktor, der dazukam',
  'cancelled_by.session': 'jemanden, der in Ihrem Konto angemeldet war',
  'cancelled_by.administrator': 'einen Administrator',
  'factor.totp': 'Authenticator-App',
  'factor.passkey': 'Passkey',
};
