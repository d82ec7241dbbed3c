/**
 * The colours of the account site: which there are, what they are by default, and which of them have to be told
 * apart. An operator who changes one must not make the site unreadable by mistake.
 */

export type Theme = 'light' | 'dark';

/** The colours of each theme that an operator can change, by the name of their CSS property. */
export const siteColors = {
  light: {
    background: '#f3f4f7',
    surface: '#ffffff',
    field: '#ffffff',
    text: '#191d24',
    muted: '#575e6a',
    border: '#7d8592',
    accent: '#3347c4',
    'accent-text': '#ffffff',
    link: '#3043b8',
    focus: '#3043b8',
    danger: '#b3261e',
    success: '#1a6b3b',
  },
  dark: {
    background: '#0e1116',
    surface: '#171b22',
    field: '#0f1319',
    text: '#e7e9ee',
    muted: '#a3abb8',
    border: '#737c8b',
    accent: '#9aaaff',
    'accent-text': '#0c1233',
    link: '#a8b6ff',
    focus: '#a8b6ff',
    danger: '#ff9c93',
    success: '#7fd6a0',
  },
} as const satisfies Record<Theme, Record<string, string>>;

export type ColorName = keyof (typeof siteColors)['light'];
export type Colors = Readonly<Record<ColorName, string>>;

export const colorNames = Object.keys(siteColors.light) as ColorName[];

/** What text stands on (WCAG 2.2 1.4.3: 4.5), and what has to be seen (1.4.11: 3). */
const pairs: readonly (readonly [front: ColorName, back: ColorName, least: number])[] = [
  ...(['text', 'muted', 'link', 'danger', 'success'] as const).flatMap((front) =>
    (['background', 'surface'] as const).map((back) => [front, back, 4.5] as const),
  ),
  ['text', 'field', 4.5],
  ['accent-text', 'accent', 4.5],
  ...(['border', 'focus'] as const).flatMap((front) =>
    (['background', 'surface'] as const).map((back) => [front, back, 3] as const),
  ),
];

/** The contrast of two colours (WCAG 2.2, "contrast ratio"): from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The first pair of colours that cannot be told apart well enough; undefined: all can. */
export function unreadablePair(colors: Colors) {
  for (const [front, back, least] of pairs) {
    const ratio = contrast(colors[front], colors[back]);
    if (ratio < least) return { front, back, least, ratio };
  }
  return undefined;
}

/**
 * The colours of a theme, with those that an operator has changed.
 *
 * @param text a setting as it is stored: `accent=#aa0000 link=#0000aa`
 */
export function colorsOf(theme: Theme, text: string): Colors {
  const changed = text.split(' ').map((part) => part.split('='));
  return { ...siteColors[theme], ...Object.fromEntries(changed.filter(([, value]) => value)) };
}
