import { createTheme, enhanceHighContrast } from '@mui/material/styles';
import { type AppColors, DARK, LIGHT } from './palette.ts';

declare module '@mui/material/styles' {
  interface Palette extends AppColors {}
  interface PaletteOptions extends AppColors {}
  interface CssThemeVariables {
    enabled: true;
  }
  interface TypographyVariants {
    mono: React.CSSProperties;
  }
  interface TypographyVariantsOptions {
    mono?: React.CSSProperties;
  }
}

export const MONO_FONT =
  'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';

const base = createTheme({
  cssVariables: { colorSchemeSelector: 'data', cssVarPrefix: 'pv' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#00697A', dark: '#00505D', contrastText: '#FFFFFF' },
        error: { main: '#931A2E' },
        background: { default: '#F5F5F5', paper: '#FFFFFF' },
        text: { primary: '#1A1D21', secondary: '#555C66' },
        divider: '#DCE0E4',
        ...LIGHT,
      },
    },
    dark: {
      palette: {
        // Lighter under the pointer: a darker one would leave its words too little contrast.
        primary: { main: '#5CC6D6', dark: '#82D6E2', contrastText: '#06252A' },
        error: { main: '#FF7A7A' },
        background: { default: '#141516', paper: '#1E1E1E' },
        text: { primary: '#E7E9EB', secondary: '#A6ADB5' },
        divider: '#35393D',
        ...DARK,
      },
    },
  },
  motion: { reducedMotion: 'system' },
  focusVisible: true,
  shape: { borderRadius: 6 },
  typography: {
    fontFamily: '"Inter Variable", system-ui, "Segoe UI", sans-serif',
    fontSize: 13,
    htmlFontSize: 16,
    h1: { fontSize: '1.25rem', fontWeight: 650, lineHeight: 1.3 },
    h2: { fontSize: '0.9375rem', fontWeight: 650, lineHeight: 1.4 },
    h3: { fontSize: '0.8125rem', fontWeight: 650, lineHeight: 1.4 },
    body1: { fontSize: '0.8125rem', lineHeight: 1.5 },
    body2: { fontSize: '0.8125rem', lineHeight: 1.5 },
    caption: { fontSize: '0.75rem', lineHeight: 1.4 },
    button: { textTransform: 'none', fontWeight: 600 },
    mono: { fontFamily: MONO_FONT, fontSize: '0.75rem' },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        body: { fontFeatureSettings: '"ss03", "cv05"' },
        // Everyone who asks for less motion gets none, also from parts that do not read the theme.
        '@media (prefers-reduced-motion: reduce)': {
          '*, *::before, *::after': {
            animationDuration: '0.01ms !important',
            animationIterationCount: '1 !important',
            // Not a tiny duration: that would make every property of every element a transition, one level of
            // inheritance a frame.
            transition: 'none !important',
            scrollBehavior: 'auto !important',
          },
        },
      },
    },
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: {
      defaultProps: { disableElevation: true, size: 'small' },
      styleOverrides: {
        outlined: ({ theme }) => ({
          '&.MuiButton-colorInherit': { borderColor: theme.vars.palette.divider },
          '&.MuiButton-colorInherit:hover': { background: theme.vars.palette.row.hover },
        }),
      },
    },
    MuiIconButton: { defaultProps: { size: 'small' } },
    MuiTextField: { defaultProps: { size: 'small' } },
    MuiTooltip: { defaultProps: { enterDelay: 400, enterNextDelay: 100 } },
    MuiPaper: {
      defaultProps: { elevation: 0 },
      // The lighter overlay of raised dark surfaces would eat the measured contrast of the severity marks.
      styleOverrides: { root: { backgroundImage: 'none' } },
    },
    MuiTab: { styleOverrides: { root: { minHeight: 36, padding: '6px 12px' } } },
    MuiTabs: {
      styleOverrides: {
        root: { minHeight: 36 },
        // At an end there is nothing to scroll to: the first tab stands where those of other pages do.
        scrollButtons: { '&.Mui-disabled': { width: 0 } },
      },
    },
    MuiDialogTitle: { styleOverrides: { root: { fontSize: '1.0625rem', fontWeight: 650 } } },
    MuiDialogActions: { styleOverrides: { root: { padding: '12px 24px 16px' } } },
    MuiMenuItem: { styleOverrides: { root: { minHeight: 32 } } },
  },
});

/** Light, dark and forced-colours; modes are stored and followed by MUI's own colour scheme manager. */
export const theme = enhanceHighContrast(base);
