import { area } from './area.ts';

/** Signing in and out, signing up, and confirming who one is. */
export const signInTexts = area({
  en: {
    'sign_in.title': 'Sign in',
    'sign_in.submit': 'Sign in',
    'sign_in.forgot': 'Forgot your password?',
    'sign_in.no_account': 'No account yet?',
    'sign_in.sign_up': 'Sign up',
    'sign_out.title': 'Sign out',
    'sign_out.text': 'You are signed in as {email}.',
    'sign_out.not_signed_in': 'You are not signed in.',
    'sign_out.submit': 'Sign out',
    'sign_up.title': 'Create an account',
    'sign_up.submit': 'Create account',
    'sign_up.have_account': 'You have an account?',
    'notice.signed_up': 'Your account was created. Sign in with it.',
    'notice.signed_up_mailed':
      'Your account was created. A mail is on its way to confirm your email.',
    'notice.signed_out': 'You are signed out.',
    'notice.session_ended': 'You are not signed in any more. Sign in again to go on.',
  },
  de: {
    'sign_in.title': 'Anmelden',
    'sign_in.submit': 'Anmelden',
    'sign_in.forgot': 'Passwort vergessen?',
    'sign_in.no_account': 'Noch kein Konto?',
    'sign_in.sign_up': 'Registrieren',
    'sign_out.title': 'Abmelden',
    'sign_out.text': 'Sie sind als {email} angemeldet.',
    'sign_out.not_signed_in': 'Sie sind nicht angemeldet.',
    'sign_out.submit': 'Abmelden',
    'sign_up.title': 'Konto anlegen',
    'sign_up.submit': 'Konto anlegen',
    'sign_up.have_account': 'Sie haben ein Konto?',
    'notice.signed_up': 'Ihr Konto ist angelegt. Melden Sie sich damit an.',
    'notice.signed_up_mailed':
      'Ihr Konto ist angelegt. Eine E-Mail ist unterwegs, mit der Sie Ihre E-Mail-Adresse bestätigen.',
    'notice.signed_out': 'Sie sind abgemeldet.',
    'notice.session_ended':
      'Sie sind nicht mehr angemeldet. Melden Sie sich an, um weiterzumachen.',
  },
});
