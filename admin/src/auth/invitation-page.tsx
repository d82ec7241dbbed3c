import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { Link } from 'react-router';
import { askPublicly } from '../api/public.ts';
import { useSay } from '../i18n/i18n.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { fieldError, useForm } from '../parts/form.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { FrontPage } from './front-page.tsx';
import { LinkForm } from './link-form.tsx';
import { useLinkCheck, useLinkToken } from './link-token.ts';

/** Where the link of an invitation leads: the password of a new account is chosen. */
export default function InvitationPage() {
  const say = useSay();
  const token = useLinkToken();
  const check = useLinkCheck<{ email: string }>('/api/invitation/check/', token);
  const [isDone, setIsDone] = useState(false);
  const { error, isBusy, handleSubmit } = useForm(async (form) => {
    await askPublicly('/api/invitation/', { token, password: form.get('password') });
    setIsDone(true);
  });
  return (
    <FrontPage title={say('invitation.title')} lead={say('invitation.lead')}>
      {isDone ? (
        <EmptyState title={say('invitation.done')} hint={say('invitation.done_hint')}>
          <Button component={Link} to="/">
            {say('invitation.to_sign_in')}
          </Button>
        </EmptyState>
      ) : (
        <LinkForm
          token={token}
          missing={{ title: say('invitation.missing'), hint: say('invitation.missing_hint') }}
          check={check}
          error={error}
          isBusy={isBusy}
          fields={['password']}
          submit={say('invitation.submit')}
          onSubmit={handleSubmit}
        >
          {/* Password managers store the password under it. */}
          <TextField
            type="email"
            label={say('invitation.email')}
            autoComplete="username"
            value={check.found?.email ?? ''}
            slotProps={{ htmlInput: { readOnly: true } }}
            fullWidth
          />
          <PasswordField
            name="password"
            label={say('invitation.password')}
            autoComplete="new-password"
            required
            autoFocus
            fullWidth
            {...fieldError(error, 'password')}
          />
        </LinkForm>
      )}
    </FrontPage>
  );
}
