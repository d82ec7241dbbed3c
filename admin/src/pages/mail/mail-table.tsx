import Link from '@mui/material/Link';
import type { ReactNode } from 'react';
import { ListBase, useListContext } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import type { OutboxMail } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Ago } from '../../parts/moment.tsx';
import { Pager } from '../../parts/pager.tsx';
import { type Column, RecordTable } from '../../parts/record-table.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { MailState } from './mail-state.tsx';
import { useKindWords } from './mail-words.ts';

const refreshEveryMs = 10_000;

interface MailTableProps {
  readonly filter?: Readonly<Record<string, string | number>>;
  readonly filters?: ReactNode;
  /** Whom they are for is said elsewhere. */
  readonly isOfOneUser?: boolean;
}

/** The mails of the outbox, the newest first. */
export function MailTable({ filter, filters, isOfOneUser = false }: MailTableProps) {
  const say = useSay();
  return (
    <ListBase
      resource="mail"
      perPage={25}
      storeKey={false}
      disableSyncWithLocation={isOfOneUser}
      queryOptions={{ refetchInterval: refreshEveryMs }}
      {...(filter && { filter })}
    >
      {filters}
      <RecordTable<OutboxMail>
        label={say('mail.title')}
        columns={useColumns(isOfOneUser)}
        empty={<Nothing />}
      />
      <Pager />
    </ListBase>
  );
}

function useColumns(isOfOneUser: boolean): Column<OutboxMail>[] {
  const say = useSay();
  const kindWords = useKindWords();
  const columns: (Column<OutboxMail> | false)[] = [
    {
      label: say('mail.kind'),
      isLong: true,
      render: ({ id, kind }) => (
        <Link component={RouterLink} to={`/mail/${id}`} sx={{ fontWeight: 600 }}>
          {kindWords(kind)}
        </Link>
      ),
    },
    !isOfOneUser && {
      label: say('mail.to'),
      isLong: true,
      render: (mail) => <Recipient mail={mail} />,
    },
    { label: say('mail.state'), render: (mail) => <MailState mail={mail} /> },
    { label: say('mail.attempts'), align: 'right', render: ({ attempts }) => attempts },
    { label: say('mail.last_reply'), isLong: true, render: ({ last_reply }) => last_reply },
    { label: say('mail.due'), from: 'lg', render: ({ due_at }) => due_at && <Ago at={due_at} /> },
    { label: say('mail.created'), render: ({ created_at }) => <Ago at={created_at} /> },
  ];
  return columns.filter((column) => column !== false);
}

/** Whom a mail is for, who need not have an account. */
export function Recipient({ mail: { user_id, email } }: { mail: OutboxMail }) {
  return user_id === null ? email : <UserLink id={user_id} name={email} />;
}

function Nothing() {
  const say = useSay();
  const { filterValues } = useListContext();
  const isFiltered = Object.keys(filterValues).length > 0;
  return isFiltered ? (
    <EmptyState title={say('mail.nothing_found')} />
  ) : (
    <EmptyState title={say('mail.empty')} hint={say('mail.empty_hint')} />
  );
}
