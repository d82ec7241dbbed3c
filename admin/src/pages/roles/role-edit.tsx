import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { EditBase, useDelete, useEditContext, useUpdate } from 'react-admin';
import { useNavigate, useParams } from 'react-router';
import { maxCountedUsers, type Role } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Ask } from '../../parts/ask.tsx';
import { saveOrRefetch } from '../../parts/form.ts';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { RoleForm } from './role-form.tsx';

export default function RoleEdit() {
  const { id = '' } = useParams();
  return (
    <RequirePermission by="roles.view">
      <EditBase resource="roles" id={id} queryOptions={{ onError: () => undefined }}>
        <LoadedRole />
      </EditBase>
    </RequirePermission>
  );
}

function LoadedRole() {
  const say = useSay();
  const may = useMay();
  const tell = useTell();
  const [update] = useUpdate<Role>();
  const [isAsked, setIsAsked] = useState(false);
  const { record: role, error, refetch } = useEditContext<Role>();
  const canChange = may('roles.change');
  const back = { to: '/roles', text: say('roles.title') };
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!role) {
    if (!error) return <Loading />;
    return (
      <Page title={say('roles.title')} back={back}>
        {problem}
      </Page>
    );
  }
  return (
    <Page
      title={say('roles.edit_title', { name: role.name })}
      back={back}
      actions={
        canChange && (
          <Button variant="outlined" color="error" onClick={() => setIsAsked(true)}>
            {say('roles.delete')}
          </Button>
        )
      }
    >
      {problem}
      {!canChange && (
        <Alert severity="info" sx={{ mb: 2 }}>
          {say('roles.read_only')}
        </Alert>
      )}
      <RoleForm
        role={role}
        disabled={!canChange}
        onSave={async (_input, data) => {
          const params = { id: role.id, data, previousData: role };
          await saveOrRefetch(() => update('roles', params, { returnPromise: true }), refetch);
          tell({ text: say('roles.saved') });
        }}
      />
      {isAsked && <AskDelete role={role} onClose={() => setIsAsked(false)} />}
    </Page>
  );
}

function AskDelete({ role, onClose }: { role: Role; onClose: () => void }) {
  const say = useSay();
  const tell = useTell();
  const navigate = useNavigate();
  const [remove] = useDelete<Role>();
  return (
    <Ask
      title={say('roles.delete_title', { name: role.name })}
      text={
        role.user_count < maxCountedUsers
          ? say('roles.delete_text', { smart_count: role.user_count })
          : say('roles.delete_text_many', { count: maxCountedUsers })
      }
      submit={say('roles.delete')}
      isDestructive
      onClose={onClose}
      onSubmit={async () => {
        await remove('roles', { id: role.id, previousData: role }, { returnPromise: true });
        tell({ text: say('roles.deleted', { name: role.name }) });
        void navigate('/roles');
      }}
    />
  );
}
