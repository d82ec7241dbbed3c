import Add from '@mui/icons-material/Add';
import Download from '@mui/icons-material/DownloadOutlined';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import { ListBase, useListContext } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import { download } from '../../api/request.ts';
import { acrs, type User } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.tsx';
import { Ago, Moment } from '../../parts/moment.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { type Column, RecordTable } from '../../parts/record-table.tsx';
import { useAction } from '../../parts/use-tell.tsx';
import { useRoleChoices } from '../roles/role-choices.ts';
import { BulkActions } from './bulk-actions.tsx';
import { RoleChips, UserChips, VerifiedMark } from './user-chips.tsx';

export default function UserList() {
  return (
    <RequirePermission by="users.view">
      <ListBase
        resource="users"
        perPage={25}
        sort={{ field: 'id', order: 'DESC' }}
        storeKey={false}
      >
        <Users />
      </ListBase>
    </RequirePermission>
  );
}

function Users() {
  const say = useSay();
  const may = useMay();
  return (
    <Page title={say('users.title')} actions={<Actions />}>
      <UserFilters />
      <RecordTable<User>
        label={say('users.title')}
        columns={useColumns()}
        nameOf={(user) => user.email}
        bulkActions={
          may('users.change') || may('users.delete') || may('sessions.end') ? <BulkActions /> : null
        }
        empty={<Nobody />}
      />
      <Pager />
    </Page>
  );
}

function useColumns(): Column<User>[] {
  const say = useSay();
  return [
    {
      label: say('users.email'),
      sortField: 'email',
      isLong: true,
      render: (user) => (
        <>
          <Link component={RouterLink} to={`/users/${user.id}`} sx={{ fontWeight: 600 }}>
            {user.email}
          </Link>{' '}
          <VerifiedMark user={user} />
          {user.username && <div style={{ opacity: 0.8 }}>{user.username}</div>}
        </>
      ),
    },
    { label: say('users.status'), render: (user) => <UserChips user={user} /> },
    {
      label: say('users.roles'),
      isLong: true,
      render: (user) => user.roles.length > 0 && <RoleChips user={user} />,
    },
    {
      label: say('users.last_sign_in'),
      render: ({ last_sign_in_at: at }) => (at ? <Ago at={at} /> : say('site.never')),
    },
    {
      label: say('users.created'),
      sortField: 'created_at',
      from: 'lg',
      render: (user) => <Moment at={user.created_at} isDay />,
    },
    {
      label: say('users.id'),
      sortField: 'id',
      align: 'right',
      from: 'lg',
      render: (user) => user.id,
    },
  ];
}

function UserFilters() {
  const say = useSay();
  const may = useMay();
  const roles = useRoleChoices();
  return (
    <Filters>
      <TextFilter name="search" label={say('users.search')} isSearch />
      <ChoiceFilter
        name="is_active"
        label={say('users.status')}
        options={[
          { value: 'true', text: say('users.active') },
          { value: 'false', text: say('users.inactive') },
        ]}
      />
      <ChoiceFilter
        name="is_superuser"
        label={say('users.superuser')}
        options={[
          { value: 'true', text: say('users.only_superusers') },
          { value: 'false', text: say('users.not_superusers') },
        ]}
      />
      <ChoiceFilter
        name="acr"
        label={say('users.factor')}
        options={acrs.map((acr) => ({ value: acr, text: say(`users.factor_${acr}`) }))}
      />
      {may('roles.view') && (
        <ChoiceFilter
          name="role"
          label={say('users.role')}
          options={roles.map(({ id, name }) => ({ value: String(id), text: name }))}
        />
      )}
    </Filters>
  );
}

function Actions() {
  const say = useSay();
  const may = useMay();
  const act = useAction();
  const { filterValues } = useListContext();
  return (
    <>
      {may('users.export') && (
        <Button
          variant="outlined"
          color="inherit"
          startIcon={<Download />}
          onClick={() =>
            void act(() => download('/api/admin/users/export/', filterValues, 'users.csv'))
          }
        >
          {say('users.export')}
        </Button>
      )}
      {may('users.create') && (
        <Button variant="contained" startIcon={<Add />} component={RouterLink} to="/users/create">
          {say('users.add')}
        </Button>
      )}
    </>
  );
}

function Nobody() {
  const say = useSay();
  const { filterValues } = useListContext();
  const isFiltered = Object.keys(filterValues).length > 0;
  return isFiltered ? (
    <EmptyState title={say('users.nothing_found')} hint={say('users.nothing_found_hint')} />
  ) : (
    <EmptyState title={say('users.empty')} hint={say('users.empty_hint')} />
  );
}
