import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { type ReactNode, useState } from 'react';
import { ListBase, useRefresh } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import { request } from '../../api/request.ts';
import type { Session } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { Ask } from '../../parts/ask.tsx';
import { Dot } from '../../parts/dot.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Ago, Moment } from '../../parts/moment.tsx';
import { Pager } from '../../parts/pager.tsx';
import { type Column, RecordTable } from '../../parts/record-table.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { useDeviceWords } from './use-device-words.ts';

interface SessionTableProps {
  readonly filter?: Readonly<Record<string, string | number>>;
  readonly filterDefaultValues?: Readonly<Record<string, string | number>>;
  /** Whose sessions they are is said elsewhere. */
  readonly isOfOneUser?: boolean;
  readonly filters?: ReactNode;
}

/** Sessions, the newest first, with a button that ends each. */
export function SessionTable(props: SessionTableProps) {
  const { filter, filterDefaultValues, isOfOneUser = false, filters } = props;
  const say = useSay();
  const [asked, setAsked] = useState<Session>();
  return (
    <ListBase
      resource="sessions"
      perPage={25}
      storeKey={false}
      disableSyncWithLocation={isOfOneUser}
      {...(filter && { filter })}
      {...(filterDefaultValues && { filterDefaultValues })}
    >
      {filters}
      <RecordTable<Session>
        label={say('sessions.title')}
        columns={useColumns(isOfOneUser, setAsked)}
        empty={<EmptyState title={say('sessions.empty')} hint={say('sessions.empty_hint')} />}
      />
      <Pager />
      {asked && <AskEnd session={asked} onClose={() => setAsked(undefined)} />}
    </ListBase>
  );
}

function useColumns(isOfOneUser: boolean, onEnd: (session: Session) => void): Column<Session>[] {
  const say = useSay();
  const may = useMay();
  const deviceWords = useDeviceWords();
  const columns: (Column<Session> | false)[] = [
    !isOfOneUser && {
      label: say('sessions.user'),
      isLong: true,
      render: ({ user_id, email }) => (
        <Link component={RouterLink} to={`/users/${user_id}`} sx={{ fontWeight: 600 }}>
          {email}
        </Link>
      ),
    },
    {
      label: say('sessions.device'),
      isLong: true,
      render: (session) => <Device session={session} />,
    },
    { label: say('sessions.ip'), render: ({ ip }) => ip && <code>{ip}</code> },
    { label: say('sessions.started'), from: 'lg', render: (s) => <Moment at={s.created_at} /> },
    { label: say('sessions.last_used'), render: (s) => <Ago at={s.last_used_at} /> },
    { label: say('sessions.expires'), from: 'xl', render: (s) => <Moment at={s.expires_at} /> },
    { label: say('sessions.state'), render: (session) => <State session={session} /> },
    may('sessions.end') && {
      label: say('site.actions'),
      isActions: true,
      render: (session) =>
        isLive(session) && (
          <Button
            color="inherit"
            variant="outlined"
            aria-label={say('sessions.end_one', {
              email: session.email,
              device: deviceWords(session.device),
            })}
            onClick={() => onEnd(session)}
          >
            {say('sessions.end')}
          </Button>
        ),
    },
  ];
  return columns.filter((column) => column !== false);
}

function isLive({ ended_at, expires_at }: Session): boolean {
  return ended_at === null && Date.parse(expires_at) > Date.now();
}

function Device({ session: { device, impersonator_id } }: { session: Session }) {
  const say = useSay();
  const deviceWords = useDeviceWords();
  return (
    <>
      {deviceWords(device)}
      {impersonator_id !== null && (
        <Typography variant="caption" color="secondary" sx={{ display: 'block' }}>
          {say('sessions.impersonated', { id: impersonator_id })}
        </Typography>
      )}
    </>
  );
}

function State({ session }: { session: Session }) {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  if (isLive(session)) {
    return <Dot text={say('sessions.live')} />;
  }
  const cause = session.end_cause ?? 'session_expired';
  return (
    <Box component="span">
      {sayIfKnown(`sessions.cause_${cause}`) ?? cause}
      {session.ended_at && (
        <Typography variant="caption" color="textSecondary" sx={{ display: 'block' }}>
          <Moment at={session.ended_at} />
        </Typography>
      )}
    </Box>
  );
}

function AskEnd({ session, onClose }: { session: Session; onClose: () => void }) {
  const say = useSay();
  const tell = useTell();
  const refresh = useRefresh();
  const deviceWords = useDeviceWords();
  return (
    <Ask
      title={say('sessions.end_title')}
      text={
        <>
          <strong>{session.email}</strong>, {deviceWords(session.device)}.{' '}
          {say('sessions.end_text')}
        </>
      }
      submit={say('sessions.end')}
      isDestructive
      onClose={onClose}
      onSubmit={async () => {
        await request('DELETE', `/api/admin/sessions/${session.id}/`);
        refresh();
        tell({ text: say('sessions.end_done') });
      }}
    />
  );
}
