import ArrowBack from '@mui/icons-material/ArrowBack';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { type ReactNode, useEffect } from 'react';
import { Link as RouterLink } from 'react-router';

export interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The page above this one. */
  readonly back?: { readonly to: string; readonly text: string };
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly isNarrow?: boolean;
}

/** A page: its one heading of the first level, which is the window's title too, and what it shows. */
export function Page({ title, lead, back, actions, children, isNarrow }: PageProps) {
  useDocumentTitle(title);
  return (
    <Box sx={{ maxWidth: isNarrow ? 760 : 1240, width: '100%', mx: isNarrow ? 0 : 'auto' }}>
      {back && (
        <Link
          component={RouterLink}
          to={back.to}
          variant="body2"
          sx={{ display: 'inline-flex', alignItems: 'center', py: 0.5, overflowWrap: 'anywhere' }}
        >
          <ArrowBack sx={{ fontSize: 16, mr: 0.5 }} />
          {back.text}
        </Link>
      )}
      <Box
        sx={{
          display: 'flex',
          flexWrap: 'wrap',
          alignItems: 'center',
          columnGap: 2,
          rowGap: 1,
          mb: lead ? 0.5 : 2,
          minHeight: 36,
        }}
      >
        <Typography variant="h1" sx={{ flex: '1 1 auto', minWidth: 0, overflowWrap: 'anywhere' }}>
          {title}
        </Typography>
        {actions && <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>{actions}</Box>}
      </Box>
      {lead && (
        <Typography color="textSecondary" variant="body2" sx={{ mb: 2.5, maxWidth: '72ch' }}>
          {lead}
        </Typography>
      )}
      {children}
    </Box>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Latchkey`;
  }, [title]);
}
