import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import { useState } from 'react';
import { ListBase, useRefresh } from 'react-admin';
import { request } from '../../api/request.ts';
import type { SigningKey } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Ask } from '../../parts/ask.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Page } from '../../parts/page.tsx';
import { RecordTable } from '../../parts/record-table.tsx';
import { useTell } from '../../parts/use-tell.tsx';

const colours = {
  next: 'info',
  active: 'success',
  retired: 'default',
  revoked: 'error',
} as const;

export default function KeyList() {
  return (
    <RequirePermission by="keys.view">
      <ListBase resource="keys" storeKey={false}>
        <Keys />
      </ListBase>
    </RequirePermission>
  );
}

function Keys() {
  const say = useSay();
  const may = useMay();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <Page
      title={say('keys.title')}
      lead={say('keys.lead')}
      actions={
        may('keys.rotate') && (
          <Button variant="outlined" color="inherit" onClick={() => setIsAsked(true)}>
            {say('keys.rotate')}
          </Button>
        )
      }
    >
      <RecordTable<SigningKey & { id: string }>
        label={say('keys.title')}
        columns={[
          {
            label: say('keys.kid'),
            render: ({ kid }) => <code style={{ overflowWrap: 'anywhere' }}>{kid}</code>,
          },
          { label: say('keys.algorithm'), render: ({ algorithm }) => algorithm },
          {
            label: say('keys.state'),
            render: ({ state }) => (
              <Chip label={say(`keys.state_${state}`)} color={colours[state]} variant="outlined" />
            ),
          },
          { label: say('keys.created'), render: (key) => <Moment at={key.created_at} /> },
          { label: say('keys.active'), render: (key) => <Moment at={key.active_at} /> },
        ]}
        empty={<EmptyState title={say('keys.empty')} hint={say('keys.empty_hint')} />}
      />
      {isAsked && <AskRotate onClose={() => setIsAsked(false)} />}
    </Page>
  );
}

function AskRotate({ onClose }: { onClose: () => void }) {
  const say = useSay();
  const tell = useTell();
  const refresh = useRefresh();
  return (
    <Ask
      title={say('keys.rotate_title')}
      text={say('keys.rotate_text')}
      submit={say('keys.rotate')}
      onClose={onClose}
      onSubmit={async () => {
        await request('POST', '/api/admin/keys/rotate/', { json: {} });
        refresh();
        tell({ text: say('keys.rotated') });
      }}
    />
  );
}
