import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import type { ReactNode } from 'react';
import { Link as RouterLink, useLocation } from 'react-router';
import { useSay } from '../../i18n/i18n.ts';
import { useMailStatus } from './mail-status.ts';

/** Where it is said that there is no mail: an operator may want none, and then it must not be in the way. */
const quietPaths = ['/', '/mail'];

/** Says on every page that mail cannot be sent now, and on some that there is none. */
export function MailBanner() {
  const say = useSay();
  const status = useMailStatus();
  const { pathname } = useLocation();
  if (!status) return null;
  if (status.failure !== null) {
    return (
      <Banner severity="error" title={say('mail.failing')}>
        {say('mail.failing_hint', { smart_count: status.waiting })} <code>{status.failure}</code>
        {pathname !== '/mail' && (
          <Box sx={{ mt: 0.5 }}>
            <Link component={RouterLink} to="/mail">
              {say('mail.to_outbox')}
            </Link>
          </Box>
        )}
      </Banner>
    );
  }
  if (status.delivery === 'smtp' || !quietPaths.includes(pathname)) return null;
  return (
    <Banner severity="info" title={say(`mail.delivery_${status.delivery}`)}>
      {say(`mail.delivery_${status.delivery}_hint`)}
    </Banner>
  );
}

function Banner(props: { severity: 'error' | 'info'; title: string; children: ReactNode }) {
  const { severity, title, children } = props;
  return (
    <Box
      component="aside"
      aria-label={title}
      sx={{ px: { xs: 2, sm: 3, lg: 4 }, pt: { xs: 2, sm: 3 } }}
    >
      <Alert
        severity={severity}
        sx={{ maxWidth: 1240, mx: 'auto', overflowWrap: 'anywhere' }}
        role={severity === 'error' ? 'alert' : 'note'}
      >
        <AlertTitle>{title}</AlertTitle>
        {children}
      </Alert>
    </Box>
  );
}
