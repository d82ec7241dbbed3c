import Button from '@mui/material/Button';
import { useState } from 'react';
import { Link } from 'react-router';
import { askPublicly } from '../api/public.ts';
import { useSay } from '../i18n/i18n.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { fieldError, useForm } from '../parts/form.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { OtherProblem } from '../parts/problem-alert.tsx';
import { FrontPage } from './front-page.tsx';
import { useLinkToken } from './link-token.ts';

/** Where the link of an invitation leads: the password of a new account is chosen. */
export default function InvitationPage() {
  const say = useSay();
  const token = useLinkToken();
  const [isDone, setIsDone] = useState(false);
  const { error, isBusy, handleSubmit } = useForm(async (form) => {
    await askPublicly('/api/invitation/', { token, password: form.get('password') });
    setIsDone(true);
  });
  return (
    <FrontPage title={say('invitation.title')} lead={say('invitation.lead')}>
      {isDone && (
        <EmptyState title={say('invitation.done')} hint={say('invitation.done_hint')}>
          <Button component={Link} to="/">
            {say('invitation.to_sign_in')}
          </Button>
        </EmptyState>
      )}
      {!isDone && !token && (
        <EmptyState title={say('invitation.missing')} hint={say('invitation.missing_hint')} />
      )}
      {!isDone && token && (
        <form onSubmit={handleSubmit} style={{ display: 'grid', gap: 16 }}>
          <PasswordField
            name="password"
            label={say('invitation.password')}
            autoComplete="new-password"
            required
            autoFocus
            fullWidth
            {...fieldError(error, 'password')}
          />
          <OtherProblem error={error} fields={['password']} />
          <Button type="submit" variant="contained" loading={isBusy}>
            {say('invitation.submit')}
          </Button>
        </form>
      )}
    </FrontPage>
  );
}
