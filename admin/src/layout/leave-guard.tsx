import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { useSay } from '../i18n/i18n.ts';
import { Ask } from '../parts/ask.tsx';
import { isAnyUnsaved, useAnyUnsaved } from '../parts/unsaved.ts';

/** Asks before what was typed is lost, by a link, the way back, a reload or the end of the tab. */
export function LeaveGuard() {
  const say = useSay();
  const isUnsaved = useAnyUnsaved();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isAnyUnsaved() && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault(); // the browser has its own words
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isUnsaved]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Ask
      title={say('site.leave_title')}
      text={say('site.leave_text')}
      submit={say('site.leave')}
      cancel={say('site.stay')}
      isDestructive
      onSubmit={async () => blocker.proceed()}
      onClose={() => blocker.reset?.()}
    />
  );
}
