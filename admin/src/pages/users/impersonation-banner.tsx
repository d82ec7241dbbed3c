import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useMay } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { CopyButton } from '../../parts/copy-field.tsx';
import { useAction } from '../../parts/use-tell.tsx';
import {
  endFound,
  endImpersonation,
  type FoundImpersonation,
  foundKey,
  handOver,
  type Impersonation,
  impersonationToken,
  useImpersonation,
} from './impersonation.ts';

/** Says on every page as whom one acts, for how long, and ends it by one click. */
export function ImpersonationBanner() {
  const impersonation = useImpersonation();
  return impersonation ? <Banner impersonation={impersonation} /> : null;
}

function Banner({ impersonation }: { impersonation: Impersonation | FoundImpersonation }) {
  const say = useSay();
  const may = useMay();
  const act = useAction();
  const queryClient = useQueryClient();
  const isFound = 'id' in impersonation;
  const { email } = impersonation.user;
  const remainingMs = useRemaining(impersonation.endsAtMs);
  const seconds = Math.ceil(remainingMs / 1000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

  async function end() {
    await (isFound ? endFound(impersonation) : endImpersonation());
    await queryClient.resetQueries({ queryKey: foundKey });
  }

  return (
    <Box
      role="region"
      aria-label={say('impersonation.banner', { email })}
      sx={{
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        gap: 1,
        px: { xs: 2, sm: 3 },
        py: 1,
        borderBottom: 2,
        borderColor: 'secondary.main',
        bgcolor: 'background.paper',
        position: 'sticky',
        top: 0,
        zIndex: 'appBar',
      }}
    >
      <Typography variant="body2" sx={{ flex: '1 1 220px', overflowWrap: 'anywhere' }}>
        <strong>{say('impersonation.banner', { email })}</strong>
        {' · '}
        {remainingMs > 0
          ? say('impersonation.remaining', { time })
          : say('impersonation.expired', { email })}
      </Typography>
      {remainingMs > 0 && !isFound && !impersonation.isHandedOver && (
        <>
          <CopyButton value={impersonationToken} text={say('impersonation.copy_access')} />
          <CopyButton value={handOver} text={say('impersonation.hand_over')} />
        </>
      )}
      {(remainingMs === 0 || !isFound || may('sessions.end')) && (
        <Button
          variant="contained"
          color="secondary"
          onClick={() => void act(end, { done: say('impersonation.ended', { email }) })}
        >
          {remainingMs > 0 ? say('impersonation.end') : say('site.close')}
        </Button>
      )}
    </Box>
  );
}

function useRemaining(endsAtMs: number): number {
  const [remainingMs, setRemainingMs] = useState(endsAtMs - Date.now());
  useEffect(() => {
    const update = () => setRemainingMs(Math.max(0, endsAtMs - Date.now()));
    update();
    const timer = setInterval(update, 1_000);
    return () => clearInterval(timer);
  }, [endsAtMs]);
  return remainingMs;
}
