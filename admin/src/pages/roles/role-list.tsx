import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import { ListBase } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import { maxCountedUsers, type Role } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { RecordTable } from '../../parts/record-table.tsx';

export default function RoleList() {
  return (
    <RequirePermission by="roles.view">
      <ListBase resource="roles" perPage={50} storeKey={false}>
        <Roles />
      </ListBase>
    </RequirePermission>
  );
}

function Roles() {
  const say = useSay();
  const may = useMay();
  const add = may('roles.change') && (
    <Button variant="contained" startIcon={<Add />} component={RouterLink} to="/roles/create">
      {say('roles.add')}
    </Button>
  );
  return (
    <Page title={say('roles.title')} actions={add}>
      <RecordTable<Role>
        label={say('roles.title')}
        columns={[
          {
            label: say('roles.name'),
            isLong: true,
            render: ({ id, name }) => (
              <Link component={RouterLink} to={`/roles/${id}`} sx={{ fontWeight: 600 }}>
                {name}
              </Link>
            ),
          },
          {
            label: say('roles.description'),
            isLong: true,
            render: ({ description }) => description,
          },
          {
            label: say('roles.permissions'),
            render: ({ permissions }) =>
              say('roles.permission_count', { smart_count: permissions.length }),
          },
          {
            label: say('roles.users'),
            align: 'right',
            render: ({ user_count }) =>
              user_count < maxCountedUsers ? user_count : `${user_count}+`,
          },
          {
            label: say('users.changed'),
            from: 'lg',
            render: (role) => <Moment at={role.updated_at} />,
          },
        ]}
        empty={
          <EmptyState title={say('roles.empty')} hint={say('roles.empty_hint')}>
            {add}
          </EmptyState>
        }
      />
      <Pager />
    </Page>
  );
}
