import Button from '@mui/material/Button';
import { Link } from 'react-router';
import { useSay } from '../i18n/i18n.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';

export function NotFound() {
  const say = useSay();
  return (
    <Page title={say('site.not_found')}>
      <EmptyState title={say('site.not_found')} hint={say('site.not_found_hint')}>
        <Button component={Link} to="/" variant="contained">
          {say('site.to_overview')}
        </Button>
      </EmptyState>
    </Page>
  );
}
