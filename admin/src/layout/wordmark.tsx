import Box from '@mui/material/Box';
import { mono } from '../theme/theme.ts';

/** A latch's key, and the name. */
export function Wordmark({ size = 22 }: { size?: number }) {
  return (
    <Box
      component="span"
      sx={{ display: 'inline-flex', alignItems: 'center', gap: 1, color: 'text.primary' }}
    >
      <Box
        component="svg"
        viewBox="0 0 32 32"
        aria-hidden="true"
        sx={{ width: size * 1.25, height: size * 1.25, flex: 'none' }}
      >
        <rect width="32" height="32" rx="7" fill="#1b5e50" />
        <g
          fill="none"
          stroke="#f4d58a"
          strokeWidth="2.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        >
          <circle cx="11.5" cy="16" r="4.7" />
          <path d="M16.2 16H26M22.6 16v4.2M26 16v3" />
        </g>
      </Box>
      <Box
        component="span"
        sx={{ fontFamily: mono, fontWeight: 700, fontSize: size * 0.78, letterSpacing: '-0.02em' }}
      >
        latchkey
      </Box>
    </Box>
  );
}
