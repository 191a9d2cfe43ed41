/**
 * Colours. The severity marks were measured: 3:1 against the paper they stand on, and apart from each other under
 * simulated protanopia, deuteranopia and tritanopia. They colour shapes and bars; words keep the text colour.
 */
export interface SeverityColors {
  readonly critical: string;
  readonly high: string;
  readonly medium: string;
  readonly low: string;
  readonly info: string;
  readonly pass: string;
}

/** Okabe–Ito, always together with a pattern or a label. */
export interface SeriesColors {
  readonly heap: string;
  readonly index: string;
  readonly toast: string;
}

export interface SyntaxColors {
  readonly keyword: string;
  readonly string: string;
  readonly number: string;
  readonly comment: string;
  readonly background: string;
}

/** Words on their own ground, 4.5:1 at least; production is the only one that is filled. */
export interface EnvironmentColors {
  readonly text: string;
  readonly background: string;
  readonly border: string;
}

export interface AppColors {
  readonly environment: Readonly<Record<'development' | 'staging' | 'production', EnvironmentColors>>;
  readonly severity: SeverityColors;
  readonly series: SeriesColors;
  readonly syntax: SyntaxColors;
  /** Behind a notice about missing rights. */
  readonly notice: { readonly background: string; readonly border: string };
  /** Rows under the pointer or the keyboard. */
  readonly row: { readonly hover: string; readonly active: string };
}

export const LIGHT: AppColors = {
  environment: {
    development: { text: '#1F4F3B', background: '#E3F3EA', border: '#8FBFA6' },
    staging: { text: '#5A4300', background: '#FFF0C2', border: '#D0A93A' },
    production: { text: '#FFFFFF', background: '#A3174F', border: '#A3174F' },
  },
  severity: {
    critical: '#931A2E',
    high: '#8E4C0B',
    medium: '#A38D00',
    low: '#0D489B',
    info: '#787E87',
    pass: '#1CA15F',
  },
  series: { heap: '#0072B2', index: '#D55E00', toast: '#009E73' },
  syntax: {
    keyword: '#0B4F8A',
    string: '#8A3B12',
    number: '#7A2E8E',
    comment: '#5B636D',
    background: '#F6F7F8',
  },
  notice: { background: '#FFF8DB', border: '#D9C45A' },
  row: { hover: '#F3F6F7', active: '#E1F0F2' },
};

export const DARK: AppColors = {
  environment: {
    development: { text: '#A9DDC2', background: '#16302A', border: '#3C6B58' },
    staging: { text: '#F4D488', background: '#33290D', border: '#7A6322' },
    production: { text: '#2B0014', background: '#FF8DB8', border: '#FF8DB8' },
  },
  severity: {
    critical: '#FF3333',
    high: '#FFB08F',
    medium: '#FFF457',
    low: '#52A5E0',
    info: '#6C727A',
    pass: '#CCFFF5',
  },
  series: { heap: '#56B4E9', index: '#E69F00', toast: '#009E73' },
  syntax: {
    keyword: '#7CC4FF',
    string: '#F2B38C',
    number: '#D9A6EE',
    comment: '#9AA2AC',
    background: '#171819',
  },
  notice: { background: '#2F2A12', border: '#6F6323' },
  row: { hover: '#26282A', active: '#123A40' },
};
