import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { type FormEvent, useState } from 'react';
import { Problem } from '../api/problem.ts';
import { useSay, useSayIfKnown } from '../i18n/i18n.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { signIn } from './account.ts';
import { FrontPage } from './front-page.tsx';
import { useMe } from './permissions.ts';

/** In the place of whatever page was asked for, which is shown once the user is signed in. */
export function SignInPage({ cause }: { cause: string | undefined }) {
  const say = useSay();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function handleSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setIsBusy(true);
    setError(undefined);
    try {
      await signIn(String(form.get('email')), String(form.get('password')));
    } catch (thrown) {
      setError(thrown);
      setIsBusy(false);
    }
  }

  return (
    <FrontPage title={say('sign_in.title')} lead={say('sign_in.lead')}>
      <form onSubmit={handleSubmit} style={{ display: 'grid', gap: 16 }}>
        {!window.isSecureContext && <Alert severity="warning">{say('sign_in.insecure')}</Alert>}
        {!navigator.cookieEnabled && <Alert severity="warning">{say('sign_in.no_cookies')}</Alert>}
        {error === undefined ? <EndNotice cause={cause} /> : <SignInProblem error={error} />}
        <TextField
          name="email"
          type="email"
          label={say('sign_in.email')}
          autoComplete="username"
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
      </form>
    </FrontPage>
  );
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

function SignInProblem({ error }: { error: unknown }) {
  const say = useSay();
  const code = error instanceof Problem ? error.code : undefined;
  if (code === 'invalid_credentials')
    return <Alert severity="error">{say('sign_in.invalid')}</Alert>;
  if (code === 'no_admin_permission') {
    return (
      <Alert severity="error">
        {say('sign_in.no_permission')} {say('sign_in.no_permission_hint')}
      </Alert>
    );
  }
  return <ProblemAlert error={error} />;
}
