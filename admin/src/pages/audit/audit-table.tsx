import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { type ReactNode, useId, useState } from 'react';
import { ListBase, useListContext } from 'react-admin';
import type { AuditEvent } from '../../api/types.ts';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Pager } from '../../parts/pager.tsx';
import { RecordTable } from '../../parts/record-table.tsx';
import { UserLink } from '../../parts/user-link.tsx';

interface AuditTableProps {
  readonly filter?: Readonly<Record<string, string | number>>;
  readonly filters?: ReactNode;
}

/** Entries of the audit log, the newest first. */
export function AuditTable({ filter, filters }: AuditTableProps) {
  const say = useSay();
  const [shown, setShown] = useState<AuditEvent>();
  return (
    <ListBase
      resource="audit"
      perPage={50}
      storeKey={false}
      disableSyncWithLocation={filter !== undefined}
      {...(filter && { filter })}
    >
      {filters}
      <RecordTable<AuditEvent>
        label={say('audit.title')}
        columns={[
          { label: say('audit.kind'), isLong: true, render: (event) => <What event={event} /> },
          { label: say('audit.at'), render: ({ at }) => <Moment at={at} isExact /> },
          { label: say('audit.actor'), isLong: true, render: (event) => <Actor event={event} /> },
          {
            label: say('audit.user'),
            isLong: true,
            render: (event) => event.user_id !== null && <Concerned event={event} />,
          },
          {
            label: say('audit.ip'),
            from: 'lg',
            render: ({ ip }) => ip && <code>{ip}</code>,
          },
          {
            label: say('site.actions'),
            isActions: true,
            render: (event) => (
              <Button
                color="inherit"
                variant="outlined"
                aria-label={say('audit.show', { id: event.id })}
                onClick={() => setShown(event)}
              >
                {say('audit.details')}
              </Button>
            ),
          },
        ]}
        empty={<Nothing />}
      />
      <Pager />
      {shown && <Details event={shown} onClose={() => setShown(undefined)} />}
    </ListBase>
  );
}

function Nothing() {
  const say = useSay();
  const { filterValues } = useListContext();
  const isFiltered = Object.keys(filterValues).length > 0;
  return <EmptyState title={say(isFiltered ? 'audit.nothing_found' : 'audit.empty')} />;
}

/** What happened, and to which setting, role or key. */
function What({ event: { kind, details } }: { event: AuditEvent }) {
  const subject = details.name ?? details.kid;
  return (
    <>
      <Kind kind={kind} />
      {typeof subject === 'string' && (
        <Typography variant="caption" component="div" color="textSecondary">
          <code>{subject}</code>
        </Typography>
      )}
    </>
  );
}

function Kind({ kind }: { kind: string }) {
  const sayIfKnown = useSayIfKnown();
  const known = sayIfKnown(`audit_kinds.${kind.replaceAll('.', '_')}`);
  return known ? (
    <span title={kind}>{known}</span>
  ) : (
    <Chip label={<code>{kind}</code>} variant="outlined" />
  );
}

function Actor({ event: { actor } }: { event: AuditEvent }) {
  const say = useSay();
  switch (actor.kind) {
    case 'user':
      return actor.id === null ? actor.name : <UserLink id={actor.id} name={actor.name} />;
    case 'cli':
      return actor.name
        ? say('audit.actor_cli_named', { name: actor.name })
        : say('audit.actor_cli');
    case 'system':
      return say('audit.actor_system');
    case 'anonymous':
      return say('audit.actor_anonymous');
  }
}

function Concerned({ event: { user_id } }: { event: AuditEvent }) {
  const say = useSay();
  return user_id === null ? say('site.none') : <UserLink id={user_id} />;
}

function Details({ event, onClose }: { event: AuditEvent; onClose: () => void }) {
  const say = useSay();
  const titleId = useId();
  const { id, at, kind, ip, session_id, details } = event;
  return (
    <Dialog open onClose={onClose} aria-labelledby={titleId} fullWidth maxWidth="sm">
      <DialogTitle id={titleId}>{say('audit.entry', { id })}</DialogTitle>
      <DialogContent>
        <Facts
          facts={[
            [say('audit.kind'), <Kind key="kind" kind={kind} />],
            [say('audit.at'), <Moment key="at" at={at} isExact />],
            [say('audit.actor'), <Actor key="actor" event={event} />],
            [say('audit.user'), <Concerned key="user" event={event} />],
            [say('audit.ip'), ip ?? say('site.none')],
            [say('audit.session'), session_id ?? say('site.none')],
            ...Object.entries(details).map(
              ([name, value]) =>
                [name, <code key={name}>{textOf(value) || say('site.none')}</code>] as const,
            ),
          ]}
        />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} color="inherit" autoFocus>
          {say('site.close')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function textOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
