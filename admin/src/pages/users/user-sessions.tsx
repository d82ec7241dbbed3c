import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useRefresh } from 'react-admin';
import { request } from '../../api/request.ts';
import type { User } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Ask } from '../../parts/ask.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { SessionTable } from '../sessions/session-table.tsx';

export function UserSessions({ user }: { user: User }) {
  const say = useSay();
  const may = useMay();
  const tell = useTell();
  const refresh = useRefresh();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      {may('sessions.end') && (
        <Box sx={{ mb: 1.5 }}>
          <Button variant="outlined" color="inherit" onClick={() => setIsAsked(true)}>
            {say('sessions.end_all')}
          </Button>
        </Box>
      )}
      <SessionTable filter={{ user_id: user.id, state: 'all' }} isOfOneUser />
      {isAsked && (
        <Ask
          title={say('sessions.end_all_title', { email: user.email })}
          text={say('sessions.end_all_text')}
          submit={say('sessions.end_all')}
          isDestructive
          onClose={() => setIsAsked(false)}
          onSubmit={async () => {
            const path = `/api/admin/users/${user.id}/sessions/`;
            const { ended } = await request<{ ended: number }>('DELETE', path);
            refresh();
            tell({ text: say('sessions.end_all_done', { smart_count: ended }) });
          }}
        />
      )}
    </>
  );
}
