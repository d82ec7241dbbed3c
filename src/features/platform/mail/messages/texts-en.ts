export const english = {
  'password_reset.subject': 'Reset your password at {site}',
  'password_reset.heading': 'Reset your password',
  'password_reset.text':
    'Somebody asked to reset the password of your account at {site}. Enter this code:',
  'password_reset.warning':
    'If it was not you, do nothing: your password stays as it is. Give this code to nobody, whoever asks.',

  'mail_sign_in.subject': 'Sign in to {site}',
  'mail_sign_in.heading': 'Sign in',
  'mail_sign_in.text': 'Enter this code to sign in to {site}:',
  'mail_sign_in.warning':
    'If it was not you, do nothing: nobody can sign in without the code. Give it to nobody, whoever asks.',

  'email_verification.subject': 'Confirm your email at {site}',
  'email_verification.heading': 'Confirm your email',
  'email_verification.text': 'Enter this code at {site} to confirm that this email is yours:',
  'email_verification.warning':
    'If you have no account at {site}, do nothing. Give this code to nobody, whoever asks.',

  'invitation.subject': 'Your account at {site}',
  'invitation.heading': 'Your account at {site}',
  'invitation.text': 'An account was made for you at {site}. Choose a password to sign in with:',
  'invitation.button': 'Choose a password',
  'invitation.warning': 'The link works once. Give it to nobody: whoever has it gets the account.',

  lifetime:
    'It works for {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} ' +
    'hours {{count, plural, one {# hour} other {# hours}}} ' +
    'other {{count, plural, one {# day} other {# days}}}}.',
  'fact.time': 'Time',
  'fact.ip': 'IP address',
} as const;

export type TextName = keyof typeof english;

/** What a language has to say. */
export type Texts = Readonly<Record<TextName, string>>;
