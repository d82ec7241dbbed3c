import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { EditBase, useEditContext, useUpdate } from 'react-admin';
import { Link, useNavigate, useParams } from 'react-router';
import type { User } from '../../api/types.ts';
import { useMe } from '../../auth/permissions.ts';
import { Permitted } from '../../auth/permitted.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Check } from '../../parts/check.tsx';
import { fieldError, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { Page } from '../../parts/page.tsx';
import { OtherProblem, ProblemAlert } from '../../parts/problem-alert.tsx';
import { useTell } from '../../parts/use-tell.tsx';

export default function UserEdit() {
  const { id = '' } = useParams();
  return (
    <Permitted by="users.change">
      <EditBase resource="users" id={id} queryOptions={{ onError: () => undefined }}>
        <LoadedUser />
      </EditBase>
    </Permitted>
  );
}

function LoadedUser() {
  const { record, error, refetch } = useEditContext<User>();
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  return record ? <UserForm user={record} /> : <Loading />;
}

function UserForm({ user }: { user: User }) {
  const say = useSay();
  const me = useMe();
  const tell = useTell();
  const navigate = useNavigate();
  const [update] = useUpdate<User>();
  const [isSuperuser, setIsSuperuser] = useState(user.is_superuser);
  const { error, isBusy, handleSubmit } = useForm(async (form) => {
    const data = {
      email: String(form.get('email')),
      username: String(form.get('username')),
      is_superuser: isSuperuser,
    };
    await update('users', { id: user.id, data, previousData: user }, { returnPromise: true });
    tell({ text: say('users.saved') });
    void navigate(`/users/${user.id}`);
  });
  return (
    <Page
      title={say('users.edit_title', { email: user.email })}
      back={{ to: `/users/${user.id}`, text: user.email }}
      isNarrow
    >
      <FormCard onSubmit={handleSubmit}>
        <TextField
          name="email"
          type="email"
          label={say('users.email')}
          defaultValue={user.email}
          autoComplete="off"
          required
          {...fieldError(error, 'email')}
        />
        <TextField
          name="username"
          label={say('users.username')}
          defaultValue={user.username}
          autoComplete="off"
          {...fieldError(error, 'username', say('users.username_hint'))}
        />
        {me?.isSuperuser && (
          <Check
            label={say('users.superuser')}
            hint={say('users.superuser_hint')}
            checked={isSuperuser}
            onChange={setIsSuperuser}
          />
        )}
        <OtherProblem error={error} fields={['email', 'username']} />
        <Box sx={{ display: 'flex', gap: 1 }}>
          <Button type="submit" variant="contained" loading={isBusy}>
            {say('site.save')}
          </Button>
          <Button component={Link} to={`/users/${user.id}`} color="inherit">
            {say('site.cancel')}
          </Button>
        </Box>
      </FormCard>
    </Page>
  );
}
