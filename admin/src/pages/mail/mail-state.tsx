import Chip from '@mui/material/Chip';
import type { OutboxMail } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Dot } from '../../parts/dot.tsx';

/** What became of a mail. */
export function MailState({ mail: { state, bounced_at } }: { mail: OutboxMail }) {
  const say = useSay();
  if (bounced_at) {
    return <Chip label={say('mail.state_bounced')} color="error" variant="outlined" />;
  }
  switch (state) {
    case 'sent':
      return <Dot text={say('mail.state_sent')} />;
    case 'pending':
      return <Chip label={say('mail.state_pending')} color="info" variant="outlined" />;
    case 'dead':
      return <Chip label={say('mail.state_dead')} color="error" variant="outlined" />;
  }
}
