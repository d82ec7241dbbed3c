import { useEffect, useState } from 'react';
import { useSay } from '../i18n/i18n.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { resume } from './account.ts';
import { FrontPage } from './front-page.tsx';

/** How often the server is asked again by itself, in milliseconds. */
const againMs = 10_000;

/** Whether somebody is signed in only the server knows, and it did not say. The session is kept meanwhile. */
export function UnknownPage({ error }: { error: unknown }) {
  const say = useSay();
  const [isBusy, setIsBusy] = useState(false);
  async function retry() {
    setIsBusy(true);
    await resume();
    setIsBusy(false);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer begins another wait
  useEffect(() => {
    const timer = setTimeout(() => void resume(), againMs);
    return () => clearTimeout(timer);
  }, [error]);
  return (
    <FrontPage title={say('unknown.title')} lead={say('unknown.lead')}>
      <ProblemAlert error={error} onRetry={() => void retry()} isBusy={isBusy} />
    </FrontPage>
  );
}
