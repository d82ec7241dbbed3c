import Link from '@mui/material/Link';
import { Link as RouterLink } from 'react-router';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { ChoiceFilter, Filters } from '../../parts/filters.tsx';
import { Page } from '../../parts/page.tsx';
import { UserFilter } from '../../parts/user-filter.tsx';
import { MailTable } from './mail-table.tsx';

export default function MailList() {
  const say = useSay();
  const may = useMay();
  return (
    <RequirePermission by="mail.view">
      <Page
        title={say('mail.title')}
        lead={say('mail.lead')}
        actions={
          may('settings.view') && (
            <Link component={RouterLink} to="/mail/texts" variant="body2">
              {say('mail_texts.title')}
            </Link>
          )
        }
      >
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
    </RequirePermission>
  );
}
