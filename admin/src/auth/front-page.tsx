import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { DisplayMenu } from '../layout/display-menu.tsx';
import { Wordmark } from '../layout/wordmark.tsx';
import { useDocumentTitle } from '../parts/page.tsx';

/** A page for who is not signed in. */
export function FrontPage({
  title,
  lead,
  children,
}: {
  title: string;
  lead: string;
  children: ReactNode;
}) {
  useDocumentTitle(title);
  return (
    <Box
      sx={{
        minHeight: '100dvh',
        display: 'flex',
        flexDirection: 'column',
        bgcolor: 'background.default',
        color: 'text.primary',
      }}
    >
      <Box component="header" sx={{ display: 'flex', justifyContent: 'flex-end', p: 1.5 }}>
        <DisplayMenu />
      </Box>
      <Box
        component="main"
        sx={{
          flex: 1,
          display: 'flex',
          flexDirection: 'column',
          alignItems: 'center',
          justifyContent: 'center',
          p: 2,
          pb: '12vh',
        }}
      >
        <Box sx={{ mb: 3 }}>
          <Wordmark size={28} />
        </Box>
        <Paper variant="outlined" sx={{ width: '100%', maxWidth: 400, p: { xs: 2.5, sm: 4 } }}>
          <Typography variant="h1">{title}</Typography>
          <Typography color="textSecondary" variant="body2" sx={{ mb: 3, mt: 0.5 }}>
            {lead}
          </Typography>
          {children}
        </Paper>
      </Box>
    </Box>
  );
}
