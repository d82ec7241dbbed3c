import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useGetList } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import { request } from '../../api/request.ts';
import { urlOf } from '../../api/server-url.ts';
import type { Overview as Figures, ServerNode } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useLanguage, useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { sections } from '../../layout/sections.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { NodeTable } from '../nodes/node-table.tsx';
import { Chart } from './chart.tsx';

const refreshEveryMs = 10_000;
/** As the table of nodes asks for them, so that both are one request. */
const everyNode = {};

export default function Overview() {
  const say = useSay();
  const may = useMay();
  return (
    <Page title={say('overview.title')}>{may('nodes.view') ? <Dashboard /> : <WhatOneMay />}</Page>
  );
}

function Dashboard() {
  const say = useSay();
  const { data, error, refetch } = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => request<Figures>('GET', '/api/admin/overview/', { signal }),
    refetchInterval: refreshEveryMs,
  });
  if (!data)
    return error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : <Loading />;
  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      <WithoutFactor count={data.administrators_without_factor} />
      <Tiles figures={data} />
      <Charts figures={data} />
      <Box component="section">
        <Typography variant="h2" sx={{ mb: 1, mt: 1 }}>
          {say('nodes.title')}
        </Typography>
        <NodeTable />
      </Box>
    </Box>
  );
}

/** Without a second factor, anybody who knows the password of an administrator can act as one. */
function WithoutFactor({ count }: { count: number }) {
  const say = useSay();
  if (count === 0) return null;
  return (
    <Alert severity="warning">
      <AlertTitle>{say('overview.without_factor', { smart_count: count })}</AlertTitle>
      {say('overview.without_factor_hint')}{' '}
      <Link href={urlOf('/account/security/')} underline="always">
        {say('overview.to_security')}
      </Link>
    </Alert>
  );
}

function Tiles({ figures }: { figures: Figures }) {
  const say = useSay();
  const language = useLanguage();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const { data: nodes = [] } = useGetList<ServerNode & { id: string }>('nodes', everyNode);
  const { users, sessions, series, hash_queue: queue } = figures;
  const signIns = sumOf(figures, 'sign_ins');
  const failures = sumOf(figures, 'failures');
  // The last point is of the ten minutes that are not over yet; the one before it is whole.
  const recent = series.at(-2) ?? series.at(-1);
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: 'grid',
        gridTemplateColumns: { xs: '1fr 1fr', lg: 'repeat(4, 1fr)' },
        gap: 1.5,
      }}
    >
      <Tile
        name={say('overview.live_sessions')}
        value={number.format(sessions.live)}
        to="/sessions"
        permission="sessions.view"
      />
      <Tile
        name={say('overview.users')}
        value={number.format(users.total)}
        note={say('overview.users_active', { active: number.format(users.active) })}
        to="/users"
        permission="users.view"
      />
      <Tile name={say('overview.sign_ins')} value={number.format(signIns)} />
      <Tile
        name={say('overview.failures')}
        value={number.format(failures)}
        note={
          signIns + failures > 0 &&
          say('overview.failure_share', { share: percent.format(failures / (signIns + failures)) })
        }
      />
      <Tile
        name={say('overview.refreshes')}
        value={number.format((recent?.refreshes ?? 0) / 10)}
        note={say('overview.refreshes_window')}
      />
      <Tile
        name={say('overview.hash_queue')}
        value={number.format(queue.waiting)}
        note={say('overview.hash_queue_of', { limit: number.format(queue.limit) })}
      />
      <Tile
        name={say('overview.loop_delay')}
        value={say('nodes.milliseconds', { ms: number.format(figures.event_loop_delay_ms) })}
      />
      <Tile
        name={say('overview.nodes')}
        value={number.format(nodes.filter(({ is_alive }) => is_alive).length)}
        note={say('overview.nodes_alive', { all: number.format(nodes.length) })}
        to="/nodes"
      />
    </Box>
  );
}

function Tile({
  name,
  value,
  note,
  to,
  permission,
}: {
  name: string;
  value: ReactNode;
  note?: ReactNode;
  to?: string;
  permission?: string;
}) {
  const may = useMay();
  const isLink = to !== undefined && (permission === undefined || may(permission));
  return (
    <Paper
      variant="outlined"
      sx={{ px: 2, py: 1.5, minWidth: 0, display: 'flex', flexDirection: 'column' }}
    >
      <Typography component="dt" variant="caption" color="textSecondary">
        {isLink ? (
          <Link component={RouterLink} to={to} color="inherit" underline="always">
            {name}
          </Link>
        ) : (
          name
        )}
      </Typography>
      <Typography
        component="dd"
        sx={{ m: 0, fontSize: '1.5rem', fontWeight: 650, lineHeight: 1.35 }}
      >
        {value}
      </Typography>
      {note && (
        <Typography component="dd" variant="caption" color="textSecondary" sx={{ m: 0 }}>
          {note}
        </Typography>
      )}
    </Paper>
  );
}

function Charts({ figures }: { figures: Figures }) {
  const say = useSay();
  const number = new Intl.NumberFormat(useLanguage());
  const refreshes = figures.series.map((point) => point.refreshes);
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: { xs: '1fr', lg: '1fr 1fr' }, gap: 2 }}>
      <Chart
        title={say('overview.chart_sign_ins')}
        summary={say('overview.chart_summary_sign_ins', {
          sign_ins: number.format(sumOf(figures, 'sign_ins')),
          failures: number.format(sumOf(figures, 'failures')),
        })}
        points={figures.series}
        series={[
          { name: 'sign_ins', text: say('overview.series_sign_ins'), colour: 'primary.main' },
          {
            name: 'failures',
            text: say('overview.series_failures'),
            colour: 'error.main',
            isHatched: true,
          },
        ]}
      />
      <Chart
        title={say('overview.chart_refreshes')}
        summary={say('overview.chart_summary_refreshes', {
          refreshes: number.format(sumOf(figures, 'refreshes')),
          peak: number.format(Math.max(0, ...refreshes)),
        })}
        points={figures.series}
        series={[
          { name: 'refreshes', text: say('overview.series_refreshes'), colour: 'info.main' },
        ]}
      />
    </Box>
  );
}

function sumOf({ series }: Figures, name: 'sign_ins' | 'failures' | 'refreshes'): number {
  return series.reduce((sum, point) => sum + point[name], 0);
}

/** For those who may not see the figures. */
function WhatOneMay() {
  const say = useSay();
  const may = useMay();
  const shown = sections.filter(
    ({ to, permission }) => to !== '/' && permission && may(permission),
  );
  return (
    <>
      <Typography variant="h2" sx={{ mb: 1 }}>
        {say('overview.may')}
      </Typography>
      <Box
        component="ul"
        sx={{
          listStyle: 'none',
          p: 0,
          m: 0,
          display: 'grid',
          gap: 1,
          gridTemplateColumns: { sm: '1fr 1fr', lg: '1fr 1fr 1fr' },
        }}
      >
        {shown.map(({ to, text, icon }) => (
          <Paper
            key={to}
            component="li"
            variant="outlined"
            sx={{ p: 2, display: 'flex', gap: 1.5, color: 'text.secondary' }}
          >
            {icon}
            <Link component={RouterLink} to={to} sx={{ fontWeight: 600 }}>
              {say(text)}
            </Link>
          </Paper>
        ))}
      </Box>
      <Typography variant="body2" color="textSecondary" sx={{ mt: 2 }}>
        {say('overview.may_hint')}
      </Typography>
    </>
  );
}
