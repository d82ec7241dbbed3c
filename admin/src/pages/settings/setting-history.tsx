import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Page } from '../../parts/page.tsx';
import { ChangeTable } from './change-table.tsx';

export default function SettingHistory() {
  const say = useSay();
  return (
    <RequirePermission by="settings.view">
      <Page
        title={say('settings.history_all')}
        back={{ to: '/settings', text: say('settings.back') }}
      >
        <ChangeTable empty={say('settings.history_all_empty')} />
      </Page>
    </RequirePermission>
  );
}
