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
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Check } from '../../parts/check.tsx';
import { useEdits } from '../../parts/edits.ts';
import { fieldError, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { Page } from '../../parts/page.tsx';
import { PasswordField } from '../../parts/password-field.tsx';
import { OtherProblem } from '../../parts/problem-alert.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { RolePicker } from '../roles/role-picker.tsx';

interface NewUserInput {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly is_superuser: boolean;
  readonly roles: readonly number[];
}

const blank: NewUserInput = {
  email: '',
  username: '',
  password: '',
  is_superuser: false,
  roles: [],
};

export default function UserCreate() {
  return (
    <RequirePermission by="users.create">
      <NewUser />
    </RequirePermission>
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
  const { values, changed, set, finish } = useEdits<NewUserInput>(blank);
  const { error, isBusy, handleSubmit } = useForm(async () => {
    const { password, ...data } = { ...changed, email: values.email };
    const json = how === 'password' ? { ...data, password } : data;
    const user: User = await create('users', { data: json }, { returnPromise: true });
    finish();
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
          type="email"
          label={say('users.email')}
          value={values.email}
          onChange={(event) => set('email', event.target.value)}
          autoComplete="off"
          required
          autoFocus
          {...fieldError(error, 'email')}
        />
        <TextField
          label={say('users.username')}
          value={values.username}
          onChange={(event) => set('username', event.target.value)}
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
            label={say('users.password')}
            value={values.password}
            onChange={(event) => set('password', event.target.value)}
            autoComplete="new-password"
            required
            {...fieldError(error, 'password')}
          />
        )}
        {may('roles.assign') && may('roles.view') && (
          <RolePicker value={values.roles} onChange={(next) => set('roles', next)} />
        )}
        {me?.isSuperuser && (
          <Check
            label={say('users.superuser')}
            hint={say('users.superuser_hint')}
            checked={values.is_superuser}
            onChange={(isOn) => set('is_superuser', isOn)}
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
