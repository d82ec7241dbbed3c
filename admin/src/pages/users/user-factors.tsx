import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { urlOf } from '../../api/server-url.ts';
import type { UserFactors as Factors, ListedFactor, PendingReset, User } from '../../api/types.ts';
import { useMay, useMe } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Ask } from '../../parts/ask.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ListGroup, ListRow } from '../../parts/list-group.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { SaidWith } from '../../parts/said-with.tsx';
import { useAction, useTell } from '../../parts/use-tell.tsx';

const pathOf = ({ id }: User, action = '') => `/api/admin/users/${id}/factors/${action}`;
const keyOf = ({ id }: User) => ['user-factors', id];

/** What a user signs in with besides the password, and what to do where they have lost it. */
export function UserFactors({ user }: { user: User }) {
  const { data, error, refetch } = useQuery({
    queryKey: keyOf(user),
    queryFn: ({ signal }) => request<Factors>('GET', pathOf(user), { signal }),
  });
  if (!data && !error) return <Loading />;
  return (
    <>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data && <LoadedFactors user={user} factors={data} />}
    </>
  );
}

function LoadedFactors({ user, factors }: { user: User; factors: Factors }) {
  const say = useSay();
  const may = useMay();
  const [isAsked, setIsAsked] = useState(false);
  const me = useMe();
  const { acr, required_acr: required, due_at: dueAt, reset } = factors;
  const isOwn = me?.id === user.id;
  const mayReset = may('users.reset_factors') && !isOwn && acr !== 'aal1';
  return (
    <>
      {isOwn && (
        <Alert severity={acr === 'aal1' ? 'warning' : 'info'} sx={{ mb: 2 }}>
          {acr === 'aal1' && `${say('factors.own_none')} `}
          <Link href={urlOf('/account/security/')} underline="always">
            {say('factors.own_change')}
          </Link>
        </Alert>
      )}
      {reset && <Pending user={user} reset={reset} />}
      {mayReset && !reset && (
        <Box sx={{ mb: 1.5 }}>
          <Button variant="outlined" color="inherit" onClick={() => setIsAsked(true)}>
            {say('factors.reset')}
          </Button>
        </Box>
      )}
      <Facts
        facts={[
          [say('factors.signs_in'), say(`factors.signs_in_${acr}`)],
          ...(required === 'aal1'
            ? []
            : [[say('factors.required'), say(`factors.signs_in_${required}`)] as const]),
          ...(dueAt === null
            ? []
            : [[say('factors.due'), <Moment key="due" at={dueAt} />] as const]),
          [say('factors.recovery_codes'), factors.recovery_codes_left],
          [say('factors.remembered'), factors.remembered_devices],
        ]}
      />
      <Box sx={{ mt: 3 }}>
        <FactorList title={say('factors.apps')} factors={factors.authenticator_apps} />
        <FactorList title={say('factors.passkeys')} factors={factors.passkeys} />
      </Box>
      {isAsked && <AskReset user={user} onClose={() => setIsAsked(false)} />}
    </>
  );
}

function FactorList({
  title,
  factors,
}: {
  title: string;
  factors: readonly (ListedFactor & {
    readonly is_backed_up?: boolean;
    readonly is_usable?: boolean;
  })[];
}) {
  const say = useSay();
  return (
    <ListGroup title={title}>
      {factors.length === 0 && <ListRow columns="1fr">{say('factors.none')}</ListRow>}
      {factors.map(({ id, name, created_at, last_used_at, is_backed_up, is_usable }) => (
        <ListRow key={id} columns="minmax(0, 1fr) 220px 220px">
          <Box sx={{ gridColumn: { xs: '1 / -1', md: 'auto' }, minWidth: 0, fontWeight: 600 }}>
            <Box sx={{ overflowWrap: 'anywhere' }}>{name}</Box>
            {is_backed_up && (
              <Typography variant="caption" color="textSecondary">
                {say('factors.backed_up')}
              </Typography>
            )}
            {is_usable === false && (
              <Typography variant="caption" color="textSecondary" component="div">
                {say('factors.other_domain')}
              </Typography>
            )}
          </Box>
          <Dated text={say('factors.added')} at={created_at} />
          <Dated text={say('factors.last_used')} at={last_used_at} />
        </ListRow>
      ))}
    </ListGroup>
  );
}

function Dated({ text, at }: { text: string; at: string | null }) {
  return (
    <div>
      <Typography variant="caption" color="textSecondary" component="div">
        {text}
      </Typography>
      <Moment at={at} isDay />
    </div>
  );
}

/** A reset that has not happened yet. */
function Pending({ user, reset }: { user: User; reset: PendingReset }) {
  const say = useSay();
  const may = useMay();
  const act = useAction();
  const queryClient = useQueryClient();
  async function cancel() {
    const factors = await request<Factors>('DELETE', pathOf(user, 'reset/'));
    queryClient.setQueryData(keyOf(user), factors);
  }
  return (
    <Alert
      severity="warning"
      sx={{ mb: 2, alignItems: 'flex-start', flexWrap: { xs: 'wrap', sm: 'nowrap' } }}
      action={
        may('users.reset_factors') && (
          <Button
            color="inherit"
            onClick={() => void act(cancel, { done: say('factors.cancelled') })}
          >
            {say('factors.cancel')}
          </Button>
        )
      }
    >
      <AlertTitle>{say('factors.pending')}</AlertTitle>
      <SaidWith
        text="factors.pending_text"
        name="time"
        part={<Moment key="time" at={reset.due_at} />}
      />
      <Box sx={{ overflowWrap: 'anywhere' }}>
        {say('factors.pending_reason', { reason: reset.reason })}
      </Box>
    </Alert>
  );
}

function AskReset({ user, onClose }: { user: User; onClose: () => void }) {
  const say = useSay();
  const tell = useTell();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const { email } = user;
  return (
    <Ask
      title={say('factors.reset_title', { email })}
      text={
        <>
          {say('factors.reset_text')} {say('factors.reset_delay')}
        </>
      }
      submit={say('factors.reset')}
      isDestructive
      onClose={onClose}
      onSubmit={async () => {
        const path = pathOf(user, 'reset/');
        const factors = await request<Factors>('POST', path, { json: { reason } });
        queryClient.setQueryData(keyOf(user), factors);
        const { reset } = factors;
        tell({ text: say(reset ? 'factors.reset_requested' : 'factors.reset_done', { email }) });
      }}
    >
      <TextField
        label={say('factors.reset_reason')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        required
        autoFocus
        fullWidth
      />
    </Ask>
  );
}
