import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useCreate } from 'react-admin';
import { useNavigate } from 'react-router';
import type { User } from '../../api/types.ts';
import { useMay, useMe } from '../../auth/permissions.ts';
import { Permitted } from '../../auth/permitted.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Check } from '../../parts/check.tsx';
import { fieldError, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { Page } from '../../parts/page.tsx';
import { PasswordField } from '../../parts/password-field.tsx';
import { OtherProblem } from '../../parts/problem-alert.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { RolePicker } from '../roles/role-picker.tsx';

export default function UserCreate() {
  return (
    <Permitted by="users.create">
      <NewUser />
    </Permitted>
  );
}

function NewUser() {
  const say = useSay();
  const may = useMay();
  const me = useMe();
  const tell = useTell();
  const navigate = useNavigate();
  const [create] = useCreate();
  const [how, setHow] = useState<'invitation' | 'password'>('invitation');
  const [roles, setRoles] = useState<readonly number[]>([]);
  const [isSuperuser, setIsSuperuser] = useState(false);
  const { error, isBusy, handleSubmit } = useForm(async (form) => {
    const username = String(form.get('username'));
    const data = {
      email: form.get('email'),
      ...(username !== '' && { username }),
      ...(how === 'password' && { password: form.get('password') }),
      ...(isSuperuser && { is_superuser: true }),
      ...(roles.length > 0 && { roles }),
    };
    const user: User = await create('users', { data }, { returnPromise: true });
    tell({ text: say('users.created_done', { email: user.email }) });
    void navigate(how === 'invitation' ? `/users/${user.id}?invite=1` : `/users/${user.id}`);
  });
  return (
    <Page
      title={say('users.create_title')}
      back={{ to: '/users', text: say('users.title') }}
      isNarrow
    >
      <FormCard onSubmit={handleSubmit}>
        <TextField
          name="email"
          type="email"
          label={say('users.email')}
          autoComplete="off"
          required
          autoFocus
          {...fieldError(error, 'email')}
        />
        <TextField
          name="username"
          label={say('users.username')}
          autoComplete="off"
          {...fieldError(error, 'username', say('users.username_hint'))}
        />
        <div>
          <FormLabel id="how">{say('users.password_choice')}</FormLabel>
          <RadioGroup
            aria-labelledby="how"
            value={how}
            onChange={(_event, value) => setHow(value as typeof how)}
          >
            <FormControlLabel
              value="invitation"
              control={<Radio size="small" />}
              label={say('users.password_by_invitation')}
            />
            <FormControlLabel
              value="password"
              control={<Radio size="small" />}
              label={say('users.password_by_you')}
            />
          </RadioGroup>
        </div>
        {how === 'password' && (
          <PasswordField
            name="password"
            label={say('users.password')}
            autoComplete="new-password"
            required
            {...fieldError(error, 'password')}
          />
        )}
        {may('roles.assign') && may('roles.view') && (
          <RolePicker value={roles} onChange={setRoles} />
        )}
        {me?.isSuperuser && (
          <Check
            label={say('users.superuser')}
            hint={say('users.superuser_hint')}
            checked={isSuperuser}
            onChange={setIsSuperuser}
          />
        )}
        <OtherProblem error={error} fields={['email', 'username', 'password']} />
        <Box>
          <Button type="submit" variant="contained" loading={isBusy}>
            {say('users.add')}
          </Button>
        </Box>
      </FormCard>
    </Page>
  );
}
