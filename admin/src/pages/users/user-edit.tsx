import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { EditBase, useEditContext, useUpdate } from 'react-admin';
import { Link, useNavigate, useParams } from 'react-router';
import type { User } from '../../api/types.ts';
import { useMe } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx';
import { Check } from '../../parts/check.tsx';
import { useEdits } from '../../parts/edits.ts';
import { fieldError, saveOrRefetch, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { Page } from '../../parts/page.tsx';
import { OtherProblem, ProblemAlert } from '../../parts/problem-alert.tsx';
import { useTell } from '../../parts/use-tell.tsx';

export default function UserEdit() {
  const { id = '' } = useParams();
  return (
    <RequirePermission by="users.change">
      <EditBase resource="users" id={id} queryOptions={{ onError: () => undefined }}>
        <LoadedUser />
      </EditBase>
    </RequirePermission>
  );
}

function LoadedUser() {
  const { record, error, refetch } = useEditContext<User>();
  if (!record && !error) return <Loading />;
  return (
    <>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {record && <UserForm user={record} refetch={refetch} />}
    </>
  );
}

function UserForm({ user, refetch }: { user: User; refetch: () => Promise<unknown> }) {
  const say = useSay();
  const me = useMe();
  const tell = useTell();
  const navigate = useNavigate();
  const [update] = useUpdate<User>();
  const { email, username, is_superuser } = user;
  const current = { email, username, locale: user.locale ?? '', is_superuser };
  const { values, changed, seen, set, finish } = useEdits(current);
  const { error, isBusy, handleSubmit } = useForm(async () => {
    const params = { id: user.id, data: changed, previousData: user };
    await saveOrRefetch(() => update('users', params, { returnPromise: true }), refetch);
    finish();
    tell({ text: say('users.saved') });
    void navigate(`/users/${user.id}`);
  });
  const labels = {
    email: say('users.email'),
    username: say('users.username'),
    locale: say('users.locale'),
    is_superuser: say('users.superuser'),
  };
  return (
    <Page
      title={say('users.edit_title', { email: user.email })}
      back={{ to: `/users/${user.id}`, text: user.email }}
      isNarrow
    >
      <FormCard onSubmit={handleSubmit}>
        <ChangedMeanwhile seen={seen} current={current} labels={labels} />
        <TextField
          type="email"
          label={labels.email}
          value={values.email}
          onChange={(event) => set('email', event.target.value)}
          autoComplete="off"
          required
          {...fieldError(error, 'email')}
        />
        <TextField
          label={labels.username}
          value={values.username}
          onChange={(event) => set('username', event.target.value)}
          autoComplete="off"
          {...fieldError(error, 'username', say('users.username_hint'))}
        />
        <TextField
          label={labels.locale}
          value={values.locale}
          onChange={(event) => set('locale', event.target.value)}
          autoComplete="off"
          {...fieldError(error, 'locale', say('users.locale_hint'))}
        />
        {me?.isSuperuser && (
          <Check
            label={labels.is_superuser}
            hint={say('users.superuser_hint')}
            checked={values.is_superuser}
            onChange={(isOn) => set('is_superuser', isOn)}
          />
        )}
        <OtherProblem error={error} fields={['email', 'username', 'locale']} />
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
