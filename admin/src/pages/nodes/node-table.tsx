import Chip from '@mui/material/Chip';
import { ListBase } from 'react-admin';
import type { ServerNode } from '../../api/types.ts';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { Dot } from '../../parts/dot.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Ago, Moment } from '../../parts/moment.tsx';
import { RecordTable } from '../../parts/record-table.tsx';

const refreshEveryMs = 10_000;

export function NodeTable() {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  return (
    <ListBase
      resource="nodes"
      storeKey={false}
      disableSyncWithLocation
      queryOptions={{ refetchInterval: refreshEveryMs }}
    >
      <RecordTable<ServerNode>
        label={say('nodes.title')}
        columns={[
          {
            label: say('nodes.host'),
            render: ({ host, pid }) => (
              <>
                {host} <span style={{ opacity: 0.75 }}>· {pid}</span>
              </>
            ),
          },
          {
            label: say('nodes.state'),
            render: ({ is_alive }) =>
              is_alive ? (
                <Dot text={say('nodes.alive')} />
              ) : (
                <Chip label={say('nodes.gone')} color="error" variant="outlined" />
              ),
          },
          { label: say('nodes.version'), render: ({ version }) => version },
          {
            label: say('nodes.started'),
            from: 'lg',
            render: (node) => <Moment at={node.started_at} />,
          },
          { label: say('nodes.seen'), render: ({ seen_at }) => <Ago at={seen_at} /> },
          {
            label: say('nodes.lag'),
            align: 'right',
            render: ({ settings_lag_ms }) => say('nodes.milliseconds', { ms: settings_lag_ms }),
          },
          {
            label: say('nodes.leads'),
            from: 'lg',
            render: ({ leads }) =>
              leads.map((name) => sayIfKnown(`nodes.leads_${name}`) ?? name).join(', '),
          },
        ]}
        empty={<EmptyState title={say('nodes.empty')} />}
      />
    </ListBase>
  );
}
