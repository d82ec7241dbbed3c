import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { type FormEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { hasPasskeys } from '../api/passkeys.ts';
import { Problem } from '../api/problem.ts';
import { useSay, useSayIfKnown } from '../i18n/i18n.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { offerPasskeys, signIn, signInWithPasskey } from './account.ts';
import { PasskeyButton } from './passkey-button.tsx';
import { useMe } from './permissions.ts';
import { SignInProblem } from './sign-in-problem.tsx';

interface CredentialsFormProps {
  /** Why the user has to sign in again. */
  readonly cause: string | undefined;
  readonly error: unknown;
  /** Shows what goes wrong with a sign-in, or goes on with its second step. */
  attempt(signIn: () => Promise<void>): Promise<void>;
}

/** The first step of signing in: a password, or a passkey, which needs nothing more. */
export function CredentialsForm({ cause, error, attempt }: CredentialsFormProps) {
  const say = useSay();
  const [isBusy, setIsBusy] = useState(false);
  const stopOffer = usePasskeyOffer(attempt);

  async function handleSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setIsBusy(true);
    await attempt(() => signIn(String(form.get('email')), String(form.get('password'))));
    setIsBusy(false);
  }

  return (
    <form onSubmit={handleSubmit} style={{ display: 'grid', gap: 16 }}>
      {!window.isSecureContext && <Alert severity="warning">{say('sign_in.insecure')}</Alert>}
      {!navigator.cookieEnabled && <Alert severity="warning">{say('sign_in.no_cookies')}</Alert>}
      {error === undefined ? <EndNotice cause={cause} /> : <SignInProblem error={error} />}
      <TextField
        name="email"
        type="email"
        label={say('sign_in.email')}
        autoComplete="username webauthn"
        required
        autoFocus
        fullWidth
      />
      <PasswordField
        name="password"
        label={say('sign_in.password')}
        autoComplete="current-password"
        required
        fullWidth
      />
      <Button type="submit" variant="contained" size="medium" loading={isBusy} fullWidth>
        {say('sign_in.submit')}
      </Button>
      {hasPasskeys && (
        <PasskeyButton
          text={say('sign_in.passkey')}
          onUse={() => {
            stopOffer(); // a browser asks for one passkey at a time
            return attempt(signInWithPasskey);
          }}
        />
      )}
    </form>
  );
}

/**
 * Offers the passkeys of the device in the list of the email field, as password managers offer passwords.
 *
 * @returns ends that
 */
function usePasskeyOffer(attempt: CredentialsFormProps['attempt']): () => void {
  const offer = useRef<AbortController>(undefined);
  const handleFailure = useEffectEvent((error: unknown) => attempt(() => Promise.reject(error)));
  useEffect(() => {
    if (!hasPasskeys) return;
    const own = new AbortController();
    offer.current = own;
    offerPasskeys(own.signal).catch((error: unknown) => {
      // What goes wrong before one is used is nobody's concern: the fields and the button are there.
      if (error instanceof Problem && error.status >= 400 && error.status < 500) {
        void handleFailure(error);
      }
    });
    return () => own.abort();
  }, []);
  return () => offer.current?.abort();
}

/** Why the user has to sign in again. */
function EndNotice({ cause }: { cause: string | undefined }) {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  const me = useMe();
  if (!cause) return null;
  return (
    <Alert severity="info">
      {sayIfKnown(`sign_in.ended_${cause}`) ?? say('sign_in.ended')}
      {me && ` ${say('sign_in.waits', { email: me.email })}`}
    </Alert>
  );
}
