import { ThemeProvider } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ReactNode } from 'react';
import { useStore } from 'react-admin';
import { darkTheme, lightTheme } from './theme.ts';

/** Light or dark: as the user chose, else as the system is. */
export function Themed({ children }: { children: ReactNode }) {
  const prefersDark = useMediaQuery('(prefers-color-scheme: dark)', { noSsr: true });
  const [chosen] = useStore<'light' | 'dark' | undefined>('theme');
  const isDark = chosen === undefined ? prefersDark : chosen === 'dark';
  return <ThemeProvider theme={isDark ? darkTheme : lightTheme}>{children}</ThemeProvider>;
}
