import Paper from '@mui/material/Paper';
import type { ReactNode, SyntheticEvent } from 'react';

/** A form that is a page's own, in a frame; see `useForm`. */
export function FormCard({
  onSubmit,
  children,
}: {
  readonly onSubmit: (event: SyntheticEvent<HTMLElement>) => unknown;
  readonly children: ReactNode;
}) {
  return (
    <Paper
      variant="outlined"
      component="form"
      onSubmit={onSubmit}
      sx={{
        p: { xs: 2, sm: 3 },
        display: 'grid',
        gridTemplateColumns: 'minmax(0, 1fr)',
        gap: 2.5,
      }}
    >
      {children}
    </Paper>
  );
}
