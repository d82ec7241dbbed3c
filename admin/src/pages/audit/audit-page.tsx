import Download from '@mui/icons-material/DownloadOutlined';
import Button from '@mui/material/Button';
import { useGetList, useListContext } from 'react-admin';
import { download } from '../../api/request.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.tsx';
import { Page } from '../../parts/page.tsx';
import { useAction } from '../../parts/use-tell.tsx';
import { UserFilter } from '../../parts/user-filter.tsx';
import { AuditTable } from './audit-table.tsx';

export default function AuditPage() {
  const say = useSay();
  return (
    <RequirePermission by="audit.view">
      <Page title={say('audit.title')} lead={say('audit.lead')}>
        <AuditTable filters={<AuditFilters />} />
      </Page>
    </RequirePermission>
  );
}

function AuditFilters() {
  const say = useSay();
  const may = useMay();
  const sayIfKnown = useSayIfKnown();
  const { data: kinds = [] } = useGetList<{ id: string; kind: string }>('audit-kinds');
  return (
    <Filters>
      <ChoiceFilter
        name="kind"
        label={say('audit.filter_kind')}
        width={220}
        options={kinds.map(({ kind }) => ({
          value: kind,
          text: sayIfKnown(`audit_kinds.${kind.replaceAll('.', '_')}`) ?? kind,
        }))}
      />
      <UserFilter
        name="user_id"
        label={say('audit.filter_user_email')}
        idLabel={say('audit.filter_user')}
      />
      <UserFilter
        name="actor_id"
        label={say('audit.filter_actor_email')}
        idLabel={say('audit.filter_actor')}
      />
      <TextFilter name="ip" label={say('audit.filter_ip')} width={150} />
      <TextFilter
        name="since"
        label={say('audit.filter_since')}
        type="datetime-local"
        width={210}
        {...asTime}
      />
      <TextFilter
        name="until"
        label={say('audit.filter_until')}
        type="datetime-local"
        width={210}
        {...asTime}
      />
      {may('audit.export') && <Export />}
    </Filters>
  );
}

/** Between the time of the API, and the local one of the browser's input. */
const asTime = {
  parse: (text: string) => (text === '' ? '' : new Date(text).toISOString()),
  format(value: string) {
    if (value === '') return '';
    const date = new Date(value);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  },
};

function Export() {
  const say = useSay();
  const act = useAction();
  const { filterValues } = useListContext();
  return (
    <Button
      variant="outlined"
      color="inherit"
      startIcon={<Download />}
      onClick={() =>
        void act(() => download('/api/admin/audit/export/', filterValues, 'audit.jsonl'))
      }
    >
      {say('audit.export')}
    </Button>
  );
}
