import Button from '@mui/material/Button';
import { useSay } from '../i18n/i18n.ts';
import { EmptyState } from '../parts/empty-state.tsx';

/** What is shown where a page failed. */
export function Crash({ error }: { error: unknown }) {
  const say = useSay();
  return (
    <div role="alert">
      <EmptyState title={say('site.crashed')} hint={say('site.crashed_hint')}>
        <Button variant="contained" onClick={() => location.reload()}>
          {say('site.reload')}
        </Button>
        <pre style={{ whiteSpace: 'pre-wrap' }}>{String(error)}</pre>
      </EmptyState>
    </div>
  );
}
