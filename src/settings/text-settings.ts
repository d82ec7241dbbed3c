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
export class TextFault extends Error {
  override readonly name = 'TextFault';
}

const formats = {
  origins: {
    what: 'origins such as https://app.example, with spaces between them',
    read: readOrigins,
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
 * @throws TextFault
 */
export function readText(
  { format, max_length: maxLength }: Pick<TextSetting, 'format' | 'max_length'>,
  text: string,
): string {
  const read = text === '' ? '' : formats[format].read(text);
  if (read.length > maxLength) throw new TextFault(`has at most ${maxLength} characters`);
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
  const isOrigin =
    url && (text === url.origin || text === `${url.origin}/` || url.href === `${text}/`);
  if (!url || !isOrigin || !/^https?:$/.test(url.protocol)) {
    throw new TextFault(`has origins such as https://app.example, not "${text}"`);
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    throw new TextFault(`has origins of https, or of this machine, not "${text}"`);
  }
  return url.origin;
}
