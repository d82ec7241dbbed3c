import { createTheme, type ThemeOptions } from '@mui/material/styles';

/** The look of the site: pine and brass on paper; thin lines instead of shadows. */

interface Palette {
  readonly mode: 'light' | 'dark';
  readonly primary: string;
  readonly onPrimary: string;
  readonly secondary: string;
  readonly error: string;
  readonly warning: string;
  readonly info: string;
  readonly success: string;
  readonly text: string;
  readonly textSecondary: string;
  readonly disabled: string;
  readonly line: string;
  /** The border of what can be filled in or pressed: 3 to 1 against its ground (WCAG 1.4.11). */
  readonly control: string;
  readonly ground: string;
  readonly paper: string;
  readonly rail: string;
  readonly hover: string;
  readonly selected: string;
}

const light: Palette = {
  mode: 'light',
  primary: '#1b5e50',
  onPrimary: '#ffffff',
  secondary: '#80550c',
  error: '#a3271d',
  warning: '#80550c',
  info: '#285781',
  success: '#2b6432',
  text: '#1c2421',
  textSecondary: '#53605b',
  disabled: '#6d7974',
  line: '#dfddd5',
  control: '#858d88',
  ground: '#f6f5f1',
  paper: '#ffffff',
  rail: '#efede6',
  hover: 'rgba(27, 94, 80, 0.06)',
  selected: 'rgba(27, 94, 80, 0.11)',
};

const dark: Palette = {
  mode: 'dark',
  primary: '#7fcdb9',
  onPrimary: '#0c211c',
  secondary: '#e3b661',
  error: '#f29a8f',
  warning: '#e3b661',
  info: '#93c1e8',
  success: '#90cf95',
  text: '#e7ebe8',
  textSecondary: '#a9b4af',
  disabled: '#87938d',
  line: '#2d3532',
  control: '#75817b',
  ground: '#111514',
  paper: '#191f1d',
  rail: '#0d1110',
  hover: 'rgba(127, 205, 185, 0.08)',
  selected: 'rgba(127, 205, 185, 0.16)',
};

/** What MUI's palette has no name for. */
interface OwnColours {
  rail: string;
  line: string;
  control: string;
}

declare module '@mui/material/styles' {
  interface Palette {
    own: OwnColours;
  }
  interface PaletteOptions {
    own?: OwnColours;
  }
}

const sans =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
export const mono =
  'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace';

function themeOf(p: Palette): ThemeOptions {
  const focusRing = { outline: `2px solid ${p.primary}`, outlineOffset: 2 };
  return {
    palette: {
      mode: p.mode,
      primary: { main: p.primary, contrastText: p.onPrimary },
      secondary: { main: p.secondary },
      error: { main: p.error },
      warning: { main: p.warning },
      info: { main: p.info },
      success: { main: p.success },
      text: { primary: p.text, secondary: p.textSecondary, disabled: p.disabled },
      background: { default: p.ground, paper: p.paper },
      divider: p.line,
      action: { hover: p.hover, selected: p.selected },
      own: { rail: p.rail, line: p.line, control: p.control },
    },
    shape: { borderRadius: 6 },
    typography: {
      fontFamily: sans,
      fontSize: 14,
      h1: { fontSize: '1.5rem', fontWeight: 650, letterSpacing: '-0.01em', lineHeight: 1.3 },
      h2: { fontSize: '1.0625rem', fontWeight: 650, lineHeight: 1.4 },
      h3: { fontSize: '0.9375rem', fontWeight: 650, lineHeight: 1.4 },
      h6: { fontSize: '1.0625rem', fontWeight: 650 },
      body1: { fontSize: '0.9375rem', lineHeight: 1.5 },
      body2: { fontSize: '0.875rem', lineHeight: 1.5 },
      caption: { fontSize: '0.8125rem', lineHeight: 1.4 },
      button: { textTransform: 'none', fontWeight: 600, letterSpacing: 0 },
    },
    components: {
      MuiCssBaseline: {
        styleOverrides: {
          body: { fontVariantNumeric: 'tabular-nums', overflowWrap: 'break-word' },
          ':focus-visible': focusRing,
          'code, kbd, pre': { fontFamily: mono, fontSize: '0.92em' },
          '@media (prefers-reduced-motion: reduce)': {
            '*, *::before, *::after': {
              animationDuration: '0.01ms !important',
              animationIterationCount: '1 !important',
              transitionDuration: '0.01ms !important',
              scrollBehavior: 'auto !important',
            },
          },
        },
      },
      MuiPaper: {
        defaultProps: { elevation: 0 },
        styleOverrides: {
          root: { backgroundImage: 'none' },
          outlined: { borderColor: p.line },
        },
      },
      MuiAppBar: { defaultProps: { elevation: 0, color: 'inherit' } },
      MuiButtonBase: {
        defaultProps: { disableRipple: true },
        styleOverrides: { root: { '&.Mui-focusVisible': focusRing } },
      },
      MuiButton: {
        defaultProps: { disableElevation: true, size: 'small' },
        styleOverrides: {
          root: { minHeight: 34, paddingInline: 12 },
          outlined: { borderColor: p.control },
        },
      },
      MuiIconButton: { styleOverrides: { root: { borderRadius: 6 } } },
      MuiTextField: { defaultProps: { size: 'small', variant: 'outlined' } },
      MuiFormControl: { defaultProps: { size: 'small', variant: 'outlined' } },
      MuiSelect: { defaultProps: { size: 'small' } },
      MuiOutlinedInput: {
        styleOverrides: {
          root: { backgroundColor: p.paper },
          notchedOutline: { borderColor: p.control },
        },
      },
      MuiFormHelperText: { styleOverrides: { root: { marginInline: 2 } } },
      MuiChip: {
        defaultProps: { size: 'small' },
        styleOverrides: { root: { borderRadius: 5, fontWeight: 550 } },
      },
      MuiTableCell: {
        styleOverrides: {
          root: { borderColor: p.line, paddingInline: 12 },
          head: {
            fontWeight: 600,
            fontSize: '0.8125rem',
            color: p.textSecondary,
            whiteSpace: 'nowrap',
            backgroundColor: p.paper,
          },
        },
      },
      MuiTab: { styleOverrides: { root: { minHeight: 42, minWidth: 0, paddingInline: 14 } } },
      MuiTabs: { styleOverrides: { root: { minHeight: 42 } } },
      MuiDialog: {
        styleOverrides: { paper: { border: `1px solid ${p.line}` } },
      },
      MuiDialogTitle: { styleOverrides: { root: { fontSize: '1.125rem', fontWeight: 650 } } },
      MuiDialogActions: { styleOverrides: { root: { padding: '8px 20px 18px' } } },
      MuiMenu: {
        defaultProps: { elevation: 0 },
        styleOverrides: {
          paper: {
            border: `1px solid ${p.line}`,
            boxShadow: '0 6px 20px rgba(0, 0, 0, 0.14)',
          },
        },
      },
      MuiTooltip: { defaultProps: { arrow: true, enterDelay: 400 } },
      MuiAlert: { styleOverrides: { root: { alignItems: 'center' } } },
      MuiLink: { defaultProps: { underline: 'hover' } },
    },
  };
}

export const lightTheme = createTheme(themeOf(light));
export const darkTheme = createTheme(themeOf(dark));
