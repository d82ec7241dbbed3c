import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useListContext, useRefresh } from 'react-admin';
import { request } from '../../api/request.ts';
import type { User } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { Ask } from '../../parts/ask.tsx';
import { useTell } from '../../parts/use-tell.tsx';

const actions = [
  { name: 'activate', permission: 'users.change', text: 'users.activate' },
  { name: 'deactivate', permission: 'users.change', text: 'users.deactivate' },
  { name: 'end_sessions', permission: 'sessions.end', text: 'users.bulk_end_sessions' },
  { name: 'delete', permission: 'users.delete', text: 'users.delete' },
] as const;
type ActionName = (typeof actions)[number]['name'];

interface BulkResult {
  readonly id: number;
  readonly ok: boolean;
  readonly code?: string;
  readonly detail?: string;
}

/** What can be done with the selected users at once. */
export function BulkActions() {
  const say = useSay();
  const may = useMay();
  const tell = useTell();
  const refresh = useRefresh();
  const { selectedIds = [], onSelect, onUnselectItems } = useListContext();
  const [asked, setAsked] = useState<ActionName>();
  const [refused, setRefused] = useState<readonly BulkResult[]>([]);
  const count = { smart_count: selectedIds.length };
  const isDestructive = asked === 'delete' || asked === 'deactivate';

  async function run(action: ActionName) {
    const { results } = await request<{ results: BulkResult[] }>('POST', '/api/admin/users/bulk/', {
      json: { action, ids: selectedIds },
    });
    const failed = results.filter(({ ok }) => !ok);
    setRefused(failed);
    if (failed.length > 0) onSelect(failed.map(({ id }) => id));
    else onUnselectItems();
    refresh();
    const done = results.length - failed.length;
    if (done > 0) tell({ text: say('users.bulk_done', { smart_count: done }) });
  }

  return (
    <>
      {actions
        .filter(({ permission }) => may(permission))
        .map(({ name, text }) => (
          <Button
            key={name}
            variant="outlined"
            color={name === 'delete' ? 'error' : 'inherit'}
            onClick={() => setAsked(name)}
          >
            {say(text)}
          </Button>
        ))}
      <Button color="inherit" onClick={() => onUnselectItems()}>
        {say('site.cancel')}
      </Button>
      {refused.length > 0 && <Refused results={refused} />}
      {asked && (
        <Ask
          title={say(`users.bulk_title_${asked}`, count)}
          text={say(`users.bulk_text_${asked}`)}
          submit={say(actions.find(({ name }) => name === asked)?.text ?? 'site.save')}
          isDestructive={isDestructive}
          onSubmit={() => run(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

function Refused({ results }: { results: readonly BulkResult[] }) {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  const { data = [] } = useListContext<User>();
  const nameOf = (id: number) =>
    data.find((user) => user.id === id)?.email ?? say('audit.user_number', { id });
  return (
    <Alert severity="warning" sx={{ width: '100%' }}>
      {say('users.bulk_refused', { smart_count: results.length })}
      <ul style={{ margin: 0, paddingLeft: 20 }}>
        {results.map(({ id, code, detail }) => (
          <li key={id}>
            {nameOf(id)}: {sayIfKnown(`problem.${code}`) ?? detail ?? code}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
