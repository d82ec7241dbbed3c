import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Page } from '../../parts/page.tsx';
import { NodeTable } from './node-table.tsx';

export default function NodeList() {
  const say = useSay();
  return (
    <RequirePermission by="nodes.view">
      <Page title={say('nodes.title')} lead={say('nodes.lead')}>
        <NodeTable />
      </Page>
    </RequirePermission>
  );
}
