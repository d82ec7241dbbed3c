import Button from '@mui/material/Button';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useSay } from '../i18n/i18n.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { useMay } from './permissions.ts';

/** A page for those who have a permission; the others are told which they lack. */
export function RequirePermission({ by, children }: { by: string; children: ReactNode }) {
  const say = useSay();
  const may = useMay();
  if (may(by)) return children;
  return (
    <Page title={say('site.not_allowed')}>
      <EmptyState
        title={say('site.not_allowed')}
        hint={say('site.not_allowed_hint', { permission: by })}
      >
        <Button component={Link} to="/" variant="contained">
          {say('site.to_overview')}
        </Button>
      </EmptyState>
    </Page>
  );
}
