export const english = {
  'password_reset.subject': 'Reset your password at {site}',
  'password_reset.heading': 'Reset your password',
  'password_reset.text':
    'Somebody asked to reset the password of your account at {site}. Enter this code:',
  'password_reset.button': 'Choose a new password',
  'password_reset.warning':
    'If it was not you, do nothing: nothing is changed. Never give this code to anybody.',

  'mail_sign_in.subject': 'Sign in to {site}',
  'mail_sign_in.heading': 'Sign in',
  'mail_sign_in.text': 'Enter this code to sign in to {site}:',
  'mail_sign_in.button': 'Sign in',
  'mail_sign_in.warning':
    'If it was not you, do nothing: nobody can sign in without the code. Never give this code to anybody.',

  'email_verification.subject': 'Confirm your email at {site}',
  'email_verification.heading': 'Confirm your email',
  'email_verification.text': 'Enter this code at {site} to confirm that this email is yours:',
  'email_verification.link':
    'Or open this link. On another device, or in another browser, you sign in there first.',
  'email_verification.button': 'Confirm the email',
  'email_verification.warning':
    'If you have no account at {site}, do nothing. Never give this code to anybody.',

  'registration.subject': 'Finish your registration at {site}',
  'registration.heading': 'Finish your registration',
  'registration.text':
    'Somebody began to register at {site} with this email. Enter this code there to confirm that it is yours:',
  'registration.button': 'Go on in this browser',
  'registration.warning':
    'If it was not you, do nothing: no account is made. Do not give this code to anybody who asks for it.',

  'account_exists.subject': 'You already have an account at {site}',
  'account_exists.heading': 'You already have an account',
  'account_exists.text':
    'Somebody tried to use this email for a new account at {site}. It has an account already, so sign in with it. If ' +
    'you forgot the password, you can set a new one:',
  'account_exists.button': 'Set a new password',
  'account_exists.warning': 'If it was not you, do nothing: nothing has changed.',

  'email_change.subject': 'Confirm your new email at {site}',
  'email_change.heading': 'Confirm your new email',
  'email_change.text':
    'Somebody wants to use this email for their account at {site}. Enter this code there to confirm that it is yours:',
  'email_change.button': 'Go on in this browser',
  'email_change.warning':
    'If it was not you, do nothing: nothing is changed. Do not give this code to anybody who asks for it.',

  'email_changed.subject': 'The email of your account at {site} was changed',
  'email_changed.heading': 'Your email was changed',
  'email_changed.text':
    'Your account at {site} has another email now. If it was you, there is nothing to do.',
  'email_changed.undo':
    'If it was not you, undo it: the account gets this email back, everybody is signed out, and the old password does ' +
    'not work any more.',
  'email_changed.button': 'Undo the change',
  'email_changed.code': 'The page asks for this code:',
  'email_changed.warning':
    'Do not give the link or the code to anybody who asks for it. Until it expires nobody else can use this email here.',

  'email_release.subject': 'The password of an account at {site} cannot be reset by this email yet',
  'email_release.heading': 'The password cannot be reset by this email yet',
  'email_release.text':
    'Somebody asked to reset the password of the account at {site} that has this email. The account got the email within ' +
    'the last seven days, without its password and without a proof. So for that time nobody gets in by mail to it.',
  'email_release.own':
    'If the account is yours, sign in with your password, or undo the change by the mail that the earlier email got.',
  'email_release.other':
    'If it is not yours, take your email off it: the account gets its earlier email back, and everybody is signed out of it.',
  'email_release.button': 'Take my email off it',

  'email_restored.subject': 'Your account at {site} has this email again',
  'email_restored.heading': 'The change was undone',
  'email_restored.text':
    'Your account at {site} has this email again. Everybody was signed out, and the old password does not work any ' +
    'more. Set a new one to sign in:',
  'email_restored.button': 'Set a new password',

  'email_taken_back.subject': 'An account at {site} does not have this email any more',
  'email_taken_back.heading': 'A change of the email was undone',
  'email_taken_back.text':
    'Somebody who reads the mail of an earlier email of the account has undone the change to this one. Everybody was ' +
    'signed out, and the old password does not work any more.',
  'email_taken_back.warning':
    'If the account is yours and this was not you, write to those who run {site}.',

  'invitation.subject': 'Your account at {site}',
  'invitation.heading': 'Your account at {site}',
  'invitation.text': 'An account was made for you at {site}. Choose a password to sign in with:',
  'invitation.button': 'Choose a password',
  'invitation.warning': 'The link works once. Never give it to anybody: it opens the account.',

  link: 'Or open this link. On another device, or in another browser, you need the code there as well.',
  'password_changed.subject': 'Your password at {site} was changed',
  'password_changed.heading': 'Your password was changed',
  'password_changed.text':
    'The password of your account at {site} was changed, by somebody who was signed in and knew the one before.',

  'password_was_reset.subject': 'Your password at {site} was reset',
  'password_was_reset.heading': 'Your password was reset',
  'password_was_reset.text':
    'The password of your account at {site} was reset with the code of a mail. All sessions have ended.',

  'mail_sign_in_used.subject': 'Signed in by mail at {site}',
  'mail_sign_in_used.heading': 'Signed in by mail',
  'mail_sign_in_used.text':
    'Somebody signed in to your account at {site} with the code of a mail, in place of the password.',

  'new_device.subject': 'New sign-in to your account at {site}',
  'new_device.heading': 'New sign-in to your account',
  'new_device.text':
    'Somebody signed in to your account at {site} on a device and in a network that are new for this account.',

  'factor_added.subject': 'A factor was added to your account at {site}',
  'factor_added.heading': 'A factor was added to your account',
  'factor_added.text':
    'From now on you can sign in to your account at {site} with one more factor. Keep your recovery codes where you can ' +
    'find them without this device.',

  'factor_removed.subject': 'A factor was removed from your account at {site}',
  'factor_removed.heading': 'A factor was removed from your account',
  'factor_removed.text':
    'A factor was removed from your account at {site}. You cannot use it there any more.',

  'recovery_code_used.subject': 'A recovery code of your account at {site} was used',
  'recovery_code_used.heading': 'A recovery code was used',
  'recovery_code_used.text':
    'A recovery code of your account at {site} was used in place of a factor. It does not work again.',
  'recovery_code_used.few':
    'Few recovery codes are left. Make new ones, so that you can get in if you lose your device.',

  'recovery_codes_replaced.subject': 'Your account at {site} has new recovery codes',
  'recovery_codes_replaced.heading': 'New recovery codes',
  'recovery_codes_replaced.text':
    'New recovery codes were made for your account at {site}. The ones before do not work any more.',

  'password_set.subject': 'An administrator set your password at {site}',
  'password_set.heading': 'An administrator set your password',
  'password_set.text':
    'An administrator of {site} set a new password for your account. All sessions have ended. Choose one that ' +
    'you alone know.',

  'factors_reset_requested.subject': 'The factors of your account at {site} are going to be reset',
  'factors_reset_requested.heading': 'Your factors are going to be reset',
  'factors_reset_requested.text':
    'An administrator of {site} was asked to reset the factors of your account. At the time below your authenticator apps, ' +
    'passkeys and recovery codes stop working, and the password alone signs in.',

  'factors_reset.subject': 'The factors of your account at {site} were reset',
  'factors_reset.heading': 'Your factors were reset',
  'factors_reset.text':
    'Your authenticator apps, passkeys and recovery codes do not work at {site} any more, and all sessions have ended. Sign ' +
    'in with your password, and add a new factor.',

  'factors_reset_cancelled.subject':
    'The factors of your account at {site} are not going to be reset',
  'factors_reset_cancelled.heading': 'Your factors stay as they are',
  'factors_reset_cancelled.text':
    'An administrator of {site} was asked to reset the factors of your account. That was cancelled, by what stands below.',

  'factors_dropped.subject': 'Factors of your account at {site} were removed',
  'factors_dropped.heading': 'Your factors were removed',
  'factors_dropped.text':
    'You have proven this email for the first time. Until then somebody else could have had your account at {site}, so the ' +
    'authenticator apps and passkeys that were added before were removed. If they were yours, add them again.',

  'impersonation_started.subject': 'Support access to your account at {site}',
  'impersonation_started.heading': 'Support access to your account',
  'impersonation_started.text':
    'An administrator of {site} has begun to use your account, to help you. They see what you see, for a short ' +
    'time. They cannot change your email or password.',

  'email_set.subject': 'An administrator changed your email at {site}',
  'email_set.heading': 'An administrator changed your email',
  'email_set.text':
    'An administrator of {site} changed the email of your account. Mail about it goes to the new one from now on.',

  'account_deactivated.subject': 'Your account at {site} was deactivated',
  'account_deactivated.heading': 'Your account was deactivated',
  'account_deactivated.text':
    'An administrator of {site} deactivated your account. All sessions have ended, and nobody can sign in.',

  'account_deleted.subject': 'Your account at {site} was deleted',
  'account_deleted.heading': 'Your account was deleted',
  'account_deleted.text':
    'Your account at {site} was deleted, with all that was held about you. This cannot be undone.',

  'notice.if_you': 'If this was you, or you expected it, there is nothing to do.',
  'notice.not_me':
    'If it was not you, open this page and enter the code below. All sessions end, the password stops working, ' +
    'and you are mailed a code to choose a new one.',
  'notice.not_me_factor':
    'If it was not you, open this page and enter the code below. All sessions end, the password stops working, factors ' +
    'that were added since are removed, and you are mailed a code to choose a new password.',
  'notice.not_me_reset':
    'If it was not you, somebody else is signed in to your account, or has a factor of it. Open this page and enter the code ' +
    'below: all sessions end, the password stops working, and you are mailed a code to choose a new one. Then ask the people ' +
    'who run {site} to reset your factors at once.',
  'notice.if_asked': 'If you asked for help, there is nothing to do.',
  'notice.end_it':
    'If you did not ask for help, open this page and enter the code below. The access ends then. Tell the people who run ' +
    '{site} about it.',
  'notice.end_button': 'End the access',
  'notice.cancel_reset':
    'If you did not ask for this, or have found your device, open this page and enter the code below. Nothing is reset then.',
  'notice.button': 'This was not me',
  'notice.ask': 'If you did not expect this, ask the people who run {site}.',

  lifetime:
    'It works for {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} ' +
    'hours {{count, plural, one {# hour} other {# hours}}} ' +
    'other {{count, plural, one {# day} other {# days}}}}.',
  'fact.time': 'Time',
  'fact.due': 'Takes effect',
  'fact.device': 'Device',
  'fact.ip': 'IP address',
  'fact.factor': 'Factor',
  'fact.codes_left': 'Recovery codes left',
  'fact.cancelled_by': 'Cancelled by',
  'cancelled_by.factor_used': 'a factor or a recovery code of your account, which was used',
  'cancelled_by.factor_added': 'a factor, which was added to your account',
  'cancelled_by.session': 'somebody who was signed in to your account',
  'cancelled_by.administrator': 'an administrator',
  'factor.totp': 'Authenticator app',
  'factor.passkey': 'Passkey',
} as const;

export type TextName = keyof typeof english;

/** What a language has to say. */
export type Texts = Readonly<Record<TextName, string>>;
