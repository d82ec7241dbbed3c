import { Permitted } from '../../auth/permitted.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { ChoiceFilter, Filters } from '../../parts/filters.tsx';
import { Page } from '../../parts/page.tsx';
import { UserFilter } from '../../parts/user-filter.tsx';
import { MailTable } from './mail-table.tsx';

export default function MailList() {
  const say = useSay();
  return (
    <Permitted by="mail.view">
      <Page title={say('mail.title')} lead={say('mail.lead')}>
        <MailTable
          filters={
            <Filters>
              <ChoiceFilter
                name="state"
                label={say('mail.state')}
                options={[
                  { value: 'pending', text: say('mail.state_pending') },
                  { value: 'sent', text: say('mail.state_sent') },
                  { value: 'dead', text: say('mail.state_dead') },
                ]}
              />
              <UserFilter name="user_id" label={say('mail.user')} idLabel={say('mail.user_id')} />
            </Filters>
          }
        />
      </Page>
    </Permitted>
  );
}
