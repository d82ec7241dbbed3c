import Button from '@mui/material/Button';
import { useState } from 'react';
import { Problem } from '../api/problem.ts';
import { useSay } from '../i18n/i18n.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { reloadIfThere } from './load-part.ts';

/** What is shown where a page failed: by an error of its own, or because it could not be fetched. */
export function Crash({ error }: { error?: unknown }) {
  const say = useSay();
  const [isBusy, setIsBusy] = useState(false);
  async function retry() {
    setIsBusy(true);
    await reloadIfThere().catch(() => setIsBusy(false));
  }
  if (error instanceof Problem) {
    return <ProblemAlert error={error} onRetry={() => void retry()} isBusy={isBusy} />;
  }
  return (
    <div role="alert">
      <EmptyState title={say('site.crashed')} hint={say('site.crashed_hint')}>
        <Button variant="contained" onClick={() => location.reload()}>
          {say('site.reload')}
        </Button>
        <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{String(error)}</pre>
      </EmptyState>
    </div>
  );
}
