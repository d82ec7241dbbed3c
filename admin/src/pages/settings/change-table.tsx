import ArrowForward from '@mui/icons-material/ArrowForward';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import { useState } from 'react';
import { ListBase, useGetList, useRefresh } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import type { Setting, SettingChange, SettingValue } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Ask } from '../../parts/ask.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Pager } from '../../parts/pager.tsx';
import { type Column, RecordTable } from '../../parts/record-table.tsx';
import { useTell } from '../../parts/use-tell.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { rollBack, rollBackText, textOfChange } from './own-changes.ts';
import { useValueWords } from './setting-words.ts';

interface ChangeTableProps {
  readonly filter?: { readonly name: string };
  readonly isOfOneSetting?: boolean;
  readonly empty: string;
}

/** Who changed which setting, when, from what, to what, and why. */
export function ChangeTable({ filter, isOfOneSetting = false, empty }: ChangeTableProps) {
  const say = useSay();
  const [asked, setAsked] = useState<SettingChange>();
  const words = useChangeWords();
  return (
    <ListBase
      resource="setting-changes"
      perPage={25}
      storeKey={false}
      disableSyncWithLocation={isOfOneSetting}
      {...(filter && { filter })}
    >
      <RecordTable<SettingChange>
        label={say('settings.history')}
        columns={useColumns(isOfOneSetting, words, setAsked)}
        empty={<EmptyState title={empty} />}
      />
      <Pager />
      {asked && <AskRollback change={asked} words={words} onClose={() => setAsked(undefined)} />}
    </ListBase>
  );
}

type ChangeWords = (name: string, value: SettingValue | null) => string;

function useChangeWords(): ChangeWords {
  const say = useSay();
  const inWords = useValueWords();
  const { data = [] } = useGetList<Setting & { id: string }>('settings');
  return (name, value) => {
    if (value === null) return say('settings.at_default');
    const setting = data.find((one) => one.name === name);
    return setting ? inWords(setting, value) : String(value);
  };
}

function useColumns(
  isOfOneSetting: boolean,
  words: ChangeWords,
  onRollback: (change: SettingChange) => void,
): Column<SettingChange>[] {
  const say = useSay();
  const may = useMay();
  const columns: (Column<SettingChange> | false)[] = [
    { label: say('settings.when'), render: ({ changed_at }) => <Moment at={changed_at} /> },
    !isOfOneSetting && {
      label: say('settings.setting'),
      isLong: true,
      render: ({ name }) => (
        <Link component={RouterLink} to={pathOf(name)}>
          <code>{name}</code>
        </Link>
      ),
    },
    {
      label: say('settings.change'),
      isLong: true,
      render: ({ name, from, to }) => (
        <>
          {words(name, from)}
          <ArrowForward
            titleAccess={say('settings.to')}
            sx={{ fontSize: 14, mx: 0.75, verticalAlign: -2 }}
          />
          <strong>{words(name, to)}</strong>
        </>
      ),
    },
    { label: say('settings.who'), isLong: true, render: ({ actor }) => <Who actor={actor} /> },
    { label: say('settings.reason'), isLong: true, render: ({ reason }) => reason },
    may('settings.change') && {
      label: say('site.actions'),
      isActions: true,
      render: (change) => (
        <Button
          variant="outlined"
          color="inherit"
          aria-label={`${say('settings.rollback')}: ${change.name}, ${words(change.name, change.from)}`}
          onClick={() => onRollback(change)}
        >
          {say('settings.rollback')}
        </Button>
      ),
    },
  ];
  return columns.filter((column) => column !== false);
}

function pathOf(changed: string): string {
  const text = textOfChange(changed);
  return text ? `/mail/texts/${text.locale}/${text.name}` : `/settings/${changed}`;
}

/** `user:1`, or `cli:` and a name. */
function Who({ actor }: { actor: string }) {
  const say = useSay();
  const [kind, name = ''] = actor.split(':', 2);
  if (kind === 'user') return <UserLink id={Number(name)} />;
  return kind === 'cli' ? say('audit.actor_cli_named', { name }) : actor;
}

function AskRollback({
  change,
  words,
  onClose,
}: {
  change: SettingChange;
  words: ChangeWords;
  onClose: () => void;
}) {
  const say = useSay();
  const tell = useTell();
  const refresh = useRefresh();
  const { id, name, from } = change;
  const { data = [] } = useGetList<Setting & { id: string }>('settings');
  const value = words(name, from);
  return (
    <Ask
      title={say('settings.rollback_title')}
      text={say('settings.rollback_text', { name, value })}
      submit={say('settings.rollback')}
      onClose={onClose}
      onSubmit={async () => {
        const version = data.find((setting) => setting.name === name)?.version;
        await (textOfChange(name) ? rollBackText(id, name) : rollBack(id, version)).finally(
          refresh,
        );
        tell({ text: say('settings.changed', { name, value }) });
      }}
    />
  );
}
