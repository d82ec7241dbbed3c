import NavigateBefore from '@mui/icons-material/NavigateBefore';
import NavigateNext from '@mui/icons-material/NavigateNext';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useListContext } from 'react-admin';
import { useSay } from '../i18n/i18n.ts';

/** On and back. How many pages there are nobody counts: that would cost more than it tells. */
export function Pager() {
  const say = useSay();
  const { page, setPage, hasNextPage, hasPreviousPage, isPending } = useListContext();
  if (isPending || (!hasNextPage && !hasPreviousPage)) return null;
  return (
    <Box
      component="nav"
      aria-label={say('site.pages')}
      sx={{ display: 'flex', alignItems: 'center', justifyContent: 'flex-end', gap: 1, mt: 1.5 }}
    >
      <Button
        color="inherit"
        startIcon={<NavigateBefore />}
        disabled={!hasPreviousPage}
        onClick={() => setPage(page - 1)}
      >
        {say('site.previous')}
      </Button>
      <Typography variant="body2" color="textSecondary" aria-current="page">
        {say('site.page', { page })}
      </Typography>
      <Button
        color="inherit"
        endIcon={<NavigateNext />}
        disabled={!hasNextPage}
        onClick={() => setPage(page + 1)}
      >
        {say('site.next')}
      </Button>
    </Box>
  );
}
