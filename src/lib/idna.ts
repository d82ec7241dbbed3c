import { foldCase } from './text.ts';

/**
 * Internationalised domain names, as the clients of this contract know them: IDNA 2003 (RFC 3490),
 * where each label is prepared (RFC 3491) and written in Punycode (RFC 3492). Code points that have
 * no meaning yet are let through, so that a newer script is not refused.
 */

/**
 * The ASCII form of a domain. The caller checks which characters it may have: the form of a domain that was ASCII
 * already is the domain itself.
 *
 * @returns undefined if a label has characters that no domain may have
 */
export function asciiDomain(domain: string): string | undefined {
  const labels = domain.split(/[.\u3002\uff0e\uff61]/).map(asciiLabel);
  return labels.includes(undefined) ? undefined : labels.join('.');
}

const notAscii = /[^\0-\x7f]/;

function asciiLabel(label: string): string | undefined {
  if (!notAscii.test(label)) return label;
  const prepared = prepare(label);
  if (prohibited.test(prepared) || !readsOneWay(prepared)) return undefined;
  if (!notAscii.test(prepared)) return prepared;
  return prepared.startsWith('xn--') ? undefined : `xn--${punycode(prepared)}`;
}

/** RFC 3491 3 and 4 */
function prepare(label: string): string {
  const folded = label.replace(mappedToNothing, '').normalize('NFKC').toLowerCase();
  return folded.replaceAll('ß', 'ss').normalize('NFKC');
}

// The tables of RFC 3454 by their numbers.

/** B.1 */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points are meant
const mappedToNothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/g;

/** C.1.2, C.2.2, C.3 to C.9 */
const prohibited =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points are meant
  /[\u0080-\u00a0\u0340\u0341\u06dd\u070f\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2063\u206a-\u206f\u2ff0-\u2ffb\u3000\ufff9-\ufffd\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** D.1: what is written from right to left. */
const rightToLeft =
  '\\u05be\\u05c0\\u05c3\\u05d0-\\u05ea\\u05f0-\\u05f4\\u061b\\u061f\\u0621-\\u063a\\u0640-\\u064a\\u066d-\\u066f\\u0671-\\u06d5\\u06dd\\u06e5\\u06e6\\u06fa-\\u06fe\\u0700-\\u070d\\u0710\\u0712-\\u072c\\u0780-\\u07a5\\u07b1\\u200f\\ufb1d\\ufb1f-\\ufb28\\ufb2a-\\ufb36\\ufb38-\\ufb3c\\ufb3e\\ufb40\\ufb41\\ufb43\\ufb44\\ufb46-\\ufbb1\\ufbd3-\\ufd3d\\ufd50-\\ufd8f\\ufd92-\\ufdc7\\ufdf0-\\ufdfc\\ufe70-\\ufe74\\ufe76-\\ufefc';
const anyRightToLeft = new RegExp(`[${rightToLeft}]`);
const allRightToLeft = new RegExp(`^[${rightToLeft}](?:.*[${rightToLeft}])?$`, 's');
/** Near enough to D.2, which is what is written from left to right. */
const anyLeftToRight = new RegExp(`(?![${rightToLeft}])\\p{L}`, 'u');

/** Whether a label does not mix the directions of writing (RFC 3454 6). */
function readsOneWay(label: string): boolean {
  return !anyRightToLeft.test(label) || (allRightToLeft.test(label) && !anyLeftToRight.test(label));
}

/**
 * A domain in which each label that is Punycode is decoded to Unicode. Other labels stay: those that are not the only
 * Punycode of their text, and those that stand for letters that the label itself could not have.
 */
export function unicodeDomain(domain: string): string {
  return domain.split('.').map(unicodeLabel).join('.');
}

/**
 * What all spellings of a domain have in common: that in Unicode of its ASCII form. So two spellings that lead to
 * the same server are one, letters that IDNA drops (a soft hyphen, a zero-width space) included. A domain that
 * no server can have is compared by its letters.
 */
export function canonicalDomain(domain: string): string {
  return foldCase(unicodeDomain(asciiDomain(domain) ?? domain));
}

function unicodeLabel(label: string): string {
  if (!/^xn--/i.test(label)) return label;
  const encoded = label.slice('xn--'.length).toLowerCase();
  const text = fromPunycode(encoded);
  if (text === undefined || punycode(text) !== encoded) return label;
  const isPrepared = text === text.normalize('NFKC').toLowerCase() && notAscii.test(text);
  return isPrepared && !prohibited.test(text) ? text : label;
}

// RFC 3492 5
const base = 36;
const minThreshold = 1;
const maxThreshold = 26;
const skew = 38;
const damp = 700;
const initialBias = 72;
const initialCodePoint = 128;
/** As far as RFC 3492 6.4 asks for: no domain has larger numbers. */
const maxDelta = 0x7fff_ffff;
const digits = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** RFC 3492 6.3 */
export function punycode(text: string): string {
  const input = Array.from(text, (character) => character.codePointAt(0) as number);
  const basic = input.filter((code) => code < initialCodePoint);
  let output = String.fromCodePoint(...basic);
  if (basic.length > 0) output += '-';
  let handled = basic.length;
  let next = initialCodePoint;
  let delta = 0;
  let bias = initialBias;
  while (handled < input.length) {
    const previous = next;
    next = input.reduce(
      (least, code) => (code >= previous && code < least ? code : least),
      0x110000,
    );
    delta += (next - previous) * (handled + 1);
    for (const code of input) {
      if (code < next) delta += 1;
      if (code !== next) continue;
      output += variableLength(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    next += 1;
  }
  return output;
}

function variableLength(delta: number, bias: number): string {
  let output = '';
  let rest = delta;
  for (let k = base; ; k += base) {
    const threshold = Math.min(Math.max(k - bias, minThreshold), maxThreshold);
    if (rest < threshold) return output + digits[rest];
    output += digits[threshold + ((rest - threshold) % (base - threshold))];
    rest = Math.floor((rest - threshold) / (base - threshold));
  }
}

/** RFC 3492 6.2; undefined if it is not Punycode. */
export function fromPunycode(encoded: string): string | undefined {
  const lastHyphen = encoded.lastIndexOf('-');
  const output = Array.from(encoded.slice(0, Math.max(lastHyphen, 0)), (character) =>
    character.codePointAt(0),
  ) as number[];
  let code = initialCodePoint;
  let at = 0;
  let bias = initialBias;
  for (let read = lastHyphen + 1; read < encoded.length; ) {
    const before = at;
    let weight = 1;
    for (let k = base; ; k += base) {
      const digit = digits.indexOf(encoded[read] ?? ' ');
      if (digit < 0) return undefined;
      read += 1;
      at += digit * weight;
      if (at > maxDelta) return undefined;
      const threshold = Math.min(Math.max(k - bias, minThreshold), maxThreshold);
      if (digit < threshold) break;
      weight *= base - threshold;
    }
    const length = output.length + 1;
    bias = adapt(at - before, length, before === 0);
    code += Math.floor(at / length);
    if (code > 0x10ffff) return undefined;
    at %= length;
    output.splice(at, 0, code);
    at += 1;
  }
  return String.fromCodePoint(...output);
}

/** RFC 3492 6.1 */
function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? damp : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((base - minThreshold) * maxThreshold) >> 1; k += base) {
    rest = Math.floor(rest / (base - minThreshold));
  }
  return k + Math.floor(((base - minThreshold + 1) * rest) / (rest + skew));
}
