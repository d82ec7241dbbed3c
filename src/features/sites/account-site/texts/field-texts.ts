import { area } from './area.ts';

/** The fields of forms, and what is wrong with them: the messages of the contract in the words of a page. */
export const fieldTexts = area({
  en: {
    'field.email': 'Email',
    'field.password': 'Password',
    'field.current_password': 'Current password',
    'field.new_password': 'New password',
    'field.username': 'Username',
    'field.locale': 'Language',
    'field.code': 'Code',
    'field.code_hint': 'The six digits from the mail.',
    'field.keep': 'Keep me signed in on this device',
    'field.show_password': 'Show',
    'field.hide_password': 'Hide',
    'field.new_password_hint':
      'At least {count, plural, one {# character} other {# characters}}. Longer is safer: a few words that do not belong together, for example.',
    'fault.required': 'Fill in this field.',
    'fault.invalid': 'This value is not valid.',
    'fault.invalid_email': 'Enter an email such as ada@example.com.',
    'fault.email_taken': 'There is an account with this email already. Sign in instead.',
    'fault.username_characters':
      'A username has only letters, digits, and the characters @ . + - _',
    'fault.username_taken': 'Somebody else has this username.',
    'fault.too_long': 'Enter no more than {count, plural, one {# character} other {# characters}}.',
    'fault.characters': 'This has a character that cannot be used here.',
    'fault.password_wrong': 'This password is not right.',
    'fault.password_short':
      'Enter at least {count, plural, one {# character} other {# characters}}.',
    'fault.password_common': 'Many people use this password. Choose another one.',
    'fault.password_breached':
      'This password has appeared in a data breach. Choose another one, and do not use it elsewhere.',
    'fault.password_like_email': 'This password is too similar to your email.',
    'fault.password_like_username': 'This password is too similar to your username.',
  },
  de: {
    'field.email': 'E-Mail-Adresse',
    'field.password': 'Passwort',
    'field.current_password': 'Aktuelles Passwort',
    'field.new_password': 'Neues Passwort',
    'field.username': 'Benutzername',
    'field.locale': 'Sprache',
    'field.code': 'Code',
    'field.code_hint': 'Die sechs Ziffern aus der E-Mail.',
    'field.keep': 'Auf diesem Gerät angemeldet bleiben',
    'field.show_password': 'Zeigen',
    'field.hide_password': 'Verbergen',
    'field.new_password_hint':
      'Mindestens {count, plural, one {# Zeichen} other {# Zeichen}}. Länger ist sicherer: zum Beispiel einige Wörter, die nicht zusammengehören.',
    'fault.required': 'Füllen Sie dieses Feld aus.',
    'fault.invalid': 'Dieser Wert ist nicht gültig.',
    'fault.invalid_email': 'Geben Sie eine E-Mail-Adresse wie ada@example.com ein.',
    'fault.email_taken':
      'Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich stattdessen an.',
    'fault.username_characters':
      'Ein Benutzername hat nur Buchstaben, Ziffern und die Zeichen @ . + - _',
    'fault.username_taken': 'Diesen Benutzernamen hat schon jemand.',
    'fault.too_long': 'Geben Sie höchstens {count, plural, one {# Zeichen} other {# Zeichen}} ein.',
    'fault.characters': 'Hier ist ein Zeichen, das nicht erlaubt ist.',
    'fault.password_wrong': 'Dieses Passwort ist nicht richtig.',
    'fault.password_short':
      'Geben Sie mindestens {count, plural, one {# Zeichen} other {# Zeichen}} ein.',
    'fault.password_common': 'Dieses Passwort haben viele. Wählen Sie ein anderes.',
    'fault.password_breached':
      'Dieses Passwort ist aus einem Datenleck bekannt. Wählen Sie ein anderes, und benutzen Sie es auch anderswo nicht mehr.',
    'fault.password_like_email': 'Dieses Passwort ist Ihrer E-Mail-Adresse zu ähnlich.',
    'fault.password_like_username': 'Dieses Passwort ist Ihrem Benutzernamen zu ähnlich.',
  },
});
