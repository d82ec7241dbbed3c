import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { type FormEvent, useEffect, useEffectEvent, useState } from 'react';
import {
  canOfferPasskeys,
  getPasskey,
  hasPasskeys,
  passkeySignInRequest,
  withdrawOffer,
} from '../api/passkeys.ts';
import { useSay, useSayIfKnown } from '../i18n/i18n.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { signIn, signInWithPasskey } from './account.ts';
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
  const [round, setRound] = useState(0);
  const offerAgain = () => setRound((before) => before + 1);
  usePasskeyOffer(round, (credential) =>
    attempt(() => signInWithPasskey(credential)).finally(offerAgain),
  );

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
          onUse={() =>
            attempt(async () =>
              signInWithPasskey(await getPasskey(await passkeySignInRequest())),
            ).finally(offerAgain)
          }
        />
      )}
    </form>
  );
}

/**
 * Offers the passkeys of the device in the list of the email field, as password managers offer passwords.
 *
 * @param round another number: it is offered again
 */
function usePasskeyOffer(round: number, onUse: (credential: object) => Promise<void>): void {
  const handleUse = useEffectEvent(onUse);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function offer(_round: number) {
      if (!(await canOfferPasskeys())) return;
      const asked = await passkeySignInRequest();
      if (isOver) return;
      // What the server asks for is good for a while; a sign-in page may be open for a day.
      if (asked.expires_in) timer = setTimeout(again, asked.expires_in * 900);
      const credential = await getPasskey(asked, { isOffer: true });
      if (!isOver) await handleUse(credential);
    }
    // It is an offer: whatever goes wrong with it, the fields and the button are there.
    const again = () => void offer(round).catch(() => undefined);
    again();
    return () => {
      isOver = true;
      clearTimeout(timer);
      withdrawOffer();
    };
  }, [round]);
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
