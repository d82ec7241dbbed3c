import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRefresh } from 'react-admin';
import { request } from '../../api/request.ts';
import type { UserPermissions as Given, User } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx';
import { useEdits } from '../../parts/edits.ts';
import { saveOrRefetch, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { PermissionPicker } from '../roles/permission-picker.tsx';
import { useRoleChoices } from '../roles/role-choices.ts';
import { RolePicker } from '../roles/role-picker.tsx';

/** What one user may do: their roles, their own permissions, and what these are together. */
export function UserPermissions({ user }: { user: User }) {
  const path = `/api/admin/users/${user.id}/permissions/`;
  const key = ['user-permissions', user.id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => request<Given>('GET', path, { signal }),
  });
  if (!data && !error) return <Loading />;
  return (
    <>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data && <PermissionForm path={path} queryKey={key} given={data} />}
    </>
  );
}

interface Granted {
  readonly roles: readonly number[];
  readonly permissions: readonly string[];
}

function PermissionForm({
  path,
  queryKey,
  given,
}: {
  path: string;
  queryKey: readonly unknown[];
  given: Given;
}) {
  const say = useSay();
  const may = useMay();
  const tell = useTell();
  const refresh = useRefresh();
  const queryClient = useQueryClient();
  const choices = useRoleChoices();
  const current = { roles: given.roles.map(({ id }) => id), permissions: given.permissions };
  const { values, seen, set, finish } = useEdits<Granted>(current);
  const canAssign = may('roles.assign');
  const { error, isBusy, handleSubmit } = useForm(async () => {
    const json = { ...values, expected_version: given.version };
    const reload = () => queryClient.invalidateQueries({ queryKey });
    await saveOrRefetch(() => request('PUT', path, { json }), reload);
    await reload();
    finish();
    refresh();
    tell({ text: say('users.permissions_saved') });
  });
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2 }}>
      <FormCard onSubmit={handleSubmit}>
        <Typography variant="body2" color="textSecondary">
          {say('users.permissions_text')}
        </Typography>
        <ChangedMeanwhile
          seen={seen}
          current={current}
          labels={{ roles: say('users.roles'), permissions: say('users.own_permissions') }}
          nameOf={(name, entry) =>
            name === 'roles'
              ? ([...given.roles, ...choices].find(({ id }) => id === entry)?.name ?? `${entry}`)
              : `${entry}`
          }
        />
        <RolePicker
          value={values.roles}
          onChange={(next) => set('roles', next)}
          disabled={!canAssign}
        />
        <PermissionPicker
          label={say('users.own_permissions')}
          value={values.permissions}
          onChange={(next) => set('permissions', next)}
          disabled={!canAssign}
        />
        {error !== undefined && <ProblemAlert error={error} />}
        {canAssign && (
          <Box>
            <Button type="submit" variant="contained" loading={isBusy}>
              {say('site.save')}
            </Button>
          </Box>
        )}
      </FormCard>
      <Paper variant="outlined" sx={{ p: { xs: 2, sm: 3 } }}>
        <Typography variant="h2" sx={{ mb: 1 }}>
          {say('users.effective')}
        </Typography>
        {given.is_superuser && (
          <Typography variant="body2">{say('users.effective_all')}</Typography>
        )}
        {!given.is_superuser && given.effective.length === 0 && (
          <Typography variant="body2">{say('users.effective_none')}</Typography>
        )}
        {!given.is_superuser && (
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75 }}>
            {given.effective.map((name) => (
              <Chip key={name} label={<code>{name}</code>} title={name} variant="outlined" />
            ))}
          </Box>
        )}
        {!given.is_superuser && !given.is_effective_complete && (
          <Typography variant="body2" sx={{ mt: 1 }}>
            {say('users.effective_more')}
          </Typography>
        )}
      </Paper>
    </Box>
  );
}
