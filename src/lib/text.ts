/**
 * Text as the clients of this contract know it. The previous system was written in Python, so "white space" and "the
 * decimal text of a number" mean what they mean in Python.
 */

// Unicode White_Space and the four ASCII separators; unlike JavaScript's \s without U+FEFF.
const space =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const leadingSpace = new RegExp(`^${space}+`);
const oneSpace = new RegExp(space);

/** Without the white space at both ends. Takes time linear in the length of the text. */
export function trimWhiteSpace(text: string): string {
  let end = text.length;
  while (end > 0 && oneSpace.test(text[end - 1] as string)) end -= 1;
  return text.slice(0, end).replace(leadingSpace, '');
}

/** How many code points a text has: what its length is to a person, and in the contract. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i += 1) {
    if ((text.codePointAt(i) as number) > 0xffff) {
      length -= 1;
      i += 1;
    }
  }
  return length;
}

/** The first UTF-16 surrogate without a partner, as a code point; undefined if there is none. */
export function loneSurrogate(text: string): number | undefined {
  if (text.isWellFormed()) return undefined;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) return code;
  }
  return undefined;
}

/**
 * The text of a number as it stood in JSON: an integer keeps all its digits, a fraction is written
 * the shortest way that reads back as the same number (`1.0`, `1e+16`, `1e-05`).
 *
 * @param source the number as the JSON text has it, such as `12345678901234567890` or `1E5`
 */
export function decimalText(source: string): string {
  if (!isFractionSource(source)) return source === '-0' ? '0' : source;
  const value = Number(source);
  if (Object.is(value, -0)) return '-0.0';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** Whether a JSON number is written as a fraction (`1.0`, `1e3`) and not as an integer. */
export function isFractionSource(source: string): boolean {
  return /[.eE]/.test(source);
}

/**
 * The form that the spellings of a text have in common if they differ only in letter case, or in compatibility forms
 * (full width, ligatures). For comparing, not for showing.
 *
 * To upper case and back, because some letters have two small forms (`σ`, `ς`) or a capital of two letters (`ß`).
 */
export function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}

/**
 * The first text, in the order of code points, after all texts that begin with a prefix; undefined if there is none.
 */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1; // no text has the surrogates between them
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}
