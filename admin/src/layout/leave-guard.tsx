import { useBlocker } from 'react-router';
import { useSay } from '../i18n/i18n.ts';
import { Ask } from '../parts/ask.tsx';
import { isAnyUnsaved } from '../parts/unsaved.ts';

/** Asks before what was typed is lost, by a link or the way back. */
export function LeaveGuard() {
  const say = useSay();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isAnyUnsaved() && currentLocation.pathname !== nextLocation.pathname,
  );
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
