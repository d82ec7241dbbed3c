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
    'problem.required': 'Fill in this field.',
    'problem.invalid': 'This value is not valid.',
    'problem.invalid_email': 'Enter an email such as ada@example.com.',
    'problem.email_taken': 'There is an account with this email already. Sign in instead.',
    'problem.username_characters':
      'A username has only letters, digits, and the characters @ . + - _',
    'problem.username_taken': 'Somebody else has this username.',
    'problem.too_long':
      'Enter no more than {count, plural, one {# character} other {# characters}}.',
    'problem.characters': 'This has a character that cannot be used here.',
    'problem.password_wrong': 'This password is not right.',
    'problem.password_short':
      'Enter at least {count, plural, one {# character} other {# characters}}.',
    'problem.password_common': 'Many people use this password. Choose another one.',
    'problem.password_breached':
      'This password has appeared in a data breach. Choose another one, and do not use it elsewhere.',
    'problem.password_like_email': 'This password is too similar to your email.',
    'problem.password_like_username': 'This password is too similar to your username.',
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
    'problem.required': 'Füllen Sie dieses Feld aus.',
    'problem.invalid': 'Dieser Wert ist nicht gültig.',
    'problem.invalid_email': 'Geben Sie eine E-Mail-Adresse wie ada@example.com ein.',
    'problem.email_taken':
      'Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich stattdessen an.',
    'problem.username_characters':
      'Ein Benutzername hat nur Buchstaben, Ziffern und die Zeichen @ . + - _',
    'problem.username_taken': 'Diesen Benutzernamen hat schon jemand.',
    'problem.too_long':
      'Geben Sie höchstens {count, plural, one {# Zeichen} other {# Zeichen}} ein.',
    'problem.characters': 'Hier ist ein Zeichen, das nicht erlaubt ist.',
    'problem.password_wrong': 'Dieses Passwort ist nicht richtig.',
    'problem.password_short':
      'Geben Sie mindestens {count, plural, one {# Zeichen} other {# Zeichen}} ein.',
    'problem.password_common': 'Dieses Passwort haben viele. Wählen Sie ein anderes.',
    'problem.password_breached':
      'Dieses Passwort ist aus einem Datenleck bekannt. Wählen Sie ein anderes, und benutzen Sie es auch anderswo nicht mehr.',
    'problem.password_like_email': 'Dieses Passwort ist Ihrer E-Mail-Adresse zu ähnlich.',
    'problem.password_like_username': 'Dieses Passwort ist Ihrem Benutzernamen zu ähnlich.',
  },
});
