import Box from '@mui/material/Box';
import CircularProgress from '@mui/material/CircularProgress';
import { useSay } from '../i18n/i18n.ts';

export function Loading() {
  const say = useSay();
  return (
    <Box
      role="status"
      sx={{ display: 'grid', placeItems: 'center', minHeight: 240, width: '100%' }}
    >
      <CircularProgress size={28} aria-label={say('site.loading')} />
    </Box>
  );
}
