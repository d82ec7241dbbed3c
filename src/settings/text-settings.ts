import { type ColorName, colorNames, colorsOf, type Theme, unreadablePair } from './site-colors.ts';

/** Settings that are a text of a form: how it is read, and what it can be. */

export interface TextSetting {
  readonly type: 'text';
  readonly default: string;
  readonly format: TextFormat;
  /** In characters. */
  readonly max_length: number;
  /** What an empty value means. */
  readonly blank: string;
}

/** A text that a setting cannot be: what is wrong with it, after the name of the setting. */
export class TextProblem extends Error {
  override readonly name = 'TextProblem';
}

const formats = {
  origins: {
    what: 'origins such as https://app.example, with spaces between them',
    read: readOrigins,
  },
  line: { what: 'a line of text', read: readLine },
  image: {
    what: 'a picture as a data URL: PNG, JPEG, WebP or SVG, in base64',
    read: readImage,
  },
  light_colors: {
    what: 'colours such as accent=#3347c4 link=#3043b8, with spaces between them',
    read: (text: string) => readColors('light', text),
  },
  dark_colors: {
    what: 'colours such as accent=#9aaaff link=#a8b6ff, with spaces between them',
    read: (text: string) => readColors('dark', text),
  },
} as const satisfies Record<string, { what: string; read: (text: string) => string }>;

export type TextFormat = keyof typeof formats;

export const textFormats = Object.keys(formats) as TextFormat[];

/** What a format takes, in words. */
export function formatWords(format: TextFormat): string {
  return formats[format].what;
}

/**
 * Reads a text by its format, in the spelling that is stored.
 *
 * @throws TextProblem
 */
export function readText(
  { format, max_length: maxLength }: Pick<TextSetting, 'format' | 'max_length'>,
  text: string,
): string {
  const read = text === '' ? '' : formats[format].read(text);
  if (read.length > maxLength) throw new TextProblem(`has at most ${maxLength} characters`);
  return read;
}

/** Origins (RFC 6454): of https, and of this machine by plain HTTP. */
function readOrigins(text: string): string {
  const origins = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(readOrigin);
  return [...new Set(origins)].join(' ');
}

function readOrigin(text: string): string {
  const url = URL.parse(text);
  // The path of an origin is empty, or at most its slash.
  if (!url || !/^https?:\/\/[^/?#@\\]+\/?$/i.test(text) || !/^[a-z\d.:[\]-]+$/.test(url.host)) {
    throw new TextProblem(`has origins such as https://app.example, not "${text}"`);
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    throw new TextProblem(`has origins of https, or of this machine, not "${text}"`);
  }
  return url.origin;
}

/** One line, without what could make it look like another one. */
function readLine(text: string): string {
  if (!text.isWellFormed() || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) {
    throw new TextProblem('has no control characters');
  }
  return text.trim();
}

/** Whether bytes, read as Latin-1, begin as those of each kind of picture do. */
const imageStarts: Readonly<Record<string, (start: string) => boolean>> = {
  'image/png': (start) => start.startsWith('\x89PNG\r\n\x1a\n'),
  'image/jpeg': (start) => start.startsWith('\xff\xd8\xff'),
  'image/webp': (start) => /^RIFF....WEBP/s.test(start),
  'image/svg+xml': (start) => /^(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml)[\s>]/.test(start),
};

/** A `data:` URL (RFC 2397) of a picture, whose bytes are what it says. */
function readImage(text: string): string {
  const [, type = '', base64 = ''] =
    /^data:(image\/[a-z+]+);base64,([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const start = imageStarts[type];
  if (!start) throw new TextProblem(`is ${formats.image.what}`);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64 || !start(bytes.toString('latin1', 0, 100))) {
    throw new TextProblem(`says ${type}, and its bytes are something else`);
  }
  return text;
}

/** Some colours of a theme; the others stay as they are. All together have to be readable. */
function readColors(theme: Theme, text: string): string {
  const found = new Map<ColorName, string>();
  for (const part of text
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean)) {
    const [, name, value] = /^(?:--)?([a-z-]+)[=:](#[0-9a-f]{6})$/.exec(part) ?? [];
    const known = colorNames.find((one) => one === name);
    if (!known || value === undefined) {
      throw new TextProblem(
        `has colours such as accent=#3347c4, of ${colorNames.join(', ')}; not "${part}"`,
      );
    }
    found.set(known, value);
  }
  const changed = colorNames.flatMap((name) =>
    found.has(name) ? [`${name}=${found.get(name)}`] : [],
  );
  const pair = unreadablePair(colorsOf(theme, changed.join(' ')));
  if (pair) {
    const { front, back, least, ratio } = pair;
    throw new TextProblem(
      `needs a contrast of ${least} between ${front} and ${back}, which have ${ratio.toFixed(2)}`,
    );
  }
  return changed.join(' ');
}
