import TextField from '@mui/material/TextField';
import { useNavigate } from 'react-router';
import { askPublicly } from '../api/public.ts';
import { useSay } from '../i18n/i18n.ts';
import { fieldError, useForm } from '../parts/form.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { signIn } from './account.ts';
import { FrontPage } from './front-page.tsx';
import { LinkForm } from './link-form.tsx';
import { useLinkCheck, useLinkToken } from './link-token.ts';

/** Where the link that an empty start prints leads: the first administrator is made. */
export default function SetupPage() {
  const say = useSay();
  const token = useLinkToken();
  const check = useLinkCheck('/api/setup/check/', token);
  const navigate = useNavigate();
  const { error, isBusy, handleSubmit } = useForm(async (form) => {
    const email = String(form.get('email'));
    const password = String(form.get('password'));
    await askPublicly('/api/setup/', { token, email, password });
    await signIn(email, password);
    await navigate('/');
  });
  return (
    <FrontPage title={say('setup.title')} lead={say('setup.lead')}>
      <LinkForm
        token={token}
        missing={{ title: say('setup.missing'), hint: say('setup.missing_hint') }}
        check={check}
        error={error}
        isBusy={isBusy}
        fields={['email', 'password']}
        submit={say('setup.submit')}
        onSubmit={handleSubmit}
      >
        <TextField
          name="email"
          type="email"
          label={say('setup.email')}
          autoComplete="username"
          required
          autoFocus
          fullWidth
          {...fieldError(error, 'email')}
        />
        <PasswordField
          name="password"
          label={say('setup.password')}
          autoComplete="new-password"
          required
          fullWidth
          {...fieldError(error, 'password')}
        />
      </LinkForm>
    </FrontPage>
  );
}
