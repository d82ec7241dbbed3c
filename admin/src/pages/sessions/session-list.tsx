import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { ChoiceFilter, Filters } from '../../parts/filters.tsx';
import { Page } from '../../parts/page.tsx';
import { UserFilter } from '../../parts/user-filter.tsx';
import { SessionTable } from './session-table.tsx';

export default function SessionList() {
  const say = useSay();
  return (
    <RequirePermission by="sessions.view">
      <Page title={say('sessions.title')}>
        <SessionTable
          filters={
            <Filters>
              <ChoiceFilter
                name="state"
                label={say('sessions.state')}
                emptyText={say('sessions.live')}
                options={[
                  { value: 'ended', text: say('sessions.ended') },
                  { value: 'all', text: say('sessions.all') },
                ]}
              />
              <UserFilter
                name="user_id"
                label={say('sessions.user')}
                idLabel={say('sessions.user_id')}
              />
            </Filters>
          }
        />
      </Page>
    </RequirePermission>
  );
}
