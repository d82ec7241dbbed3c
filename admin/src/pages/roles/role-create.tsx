import { useCreate } from 'react-admin';
import type { Role } from '../../api/types.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Page } from '../../parts/page.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { RoleForm } from './role-form.tsx';

export default function RoleCreate() {
  const say = useSay();
  const tell = useTell();
  const [create] = useCreate<Role>();
  return (
    <RequirePermission by="roles.change">
      <Page title={say('roles.create_title')} back={{ to: '/roles', text: say('roles.title') }}>
        <RoleForm
          onSave={async (data) => {
            await create('roles', { data }, { returnPromise: true });
            tell({ text: say('roles.created', { name: data.name }) });
          }}
        />
      </Page>
    </RequirePermission>
  );
}
