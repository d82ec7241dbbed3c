import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../test/any-character.ts';
import { processorMs } from '../../test/processor-time.ts';
import {
  codePointLength,
  decimalText,
  foldCase,
  isFractionSource,
  loneSurrogate,
  prefixEnd,
  trimWhiteSpace,
} from './text.ts';

const spaces = Array.from(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008' +
    '\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

describe('trimWhiteSpace', () => {
  test('takes exactly the white space of Python off', () => {
    const trimmed = [];
    for (let code = 0; code <= 0xffff; code += 1) {
      const character = String.fromCharCode(code);
      if (trimWhiteSpace(`${character}x${character}`) === 'x') trimmed.push(character);
    }
    expect(trimmed).toEqual(spaces);
  });

  test('removes white space at both ends, and nothing else', () => {
    const space = fc.string({ unit: fc.constantFrom(...spaces) });
    const core = fc
      .string({ unit: anyCharacter, minLength: 1 })
      .filter((text) => !spaces.includes(text.at(0) ?? '') && !spaces.includes(text.at(-1) ?? ''));
    fc.assert(
      fc.property(space, core, space, (before, text, after) => {
        expect(trimWhiteSpace(before + text + after)).toBe(text);
        expect(trimWhiteSpace(before + after)).toBe('');
      }),
    );
  });

  test('takes time linear in the length of the text', async () => {
    const many = ' '.repeat(1_000_000);
    const texts = [many, `${many}x`, `x${many}`, `x${many}x`, `${many}x${many}`];
    const tookMs = await processorMs(() => texts.forEach(trimWhiteSpace));
    expect(tookMs).toBeLessThan(5_000); // a square would take minutes
  });
});

test('codePointLength counts what a person would, lone surrogates as one each', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      expect(codePointLength(text)).toBe([...text].length);
    }),
  );
  for (const text of [
    '',
    'a',
    '😀',
    '😀😀',
    '\ud800',
    '\udc00\ud800',
    'a\ud800😀',
    '\ud83d\ud83d\ude00',
  ]) {
    expect(codePointLength(text)).toBe([...text].length);
  }
});

test.each<[string, number | undefined]>([
  ['', undefined],
  ['a😀', undefined],
  ['\ud800', 0xd800],
  ['\udfff', 0xdfff],
  ['😀\udc00\ud800', 0xdc00],
  ['\ude00\ud83d', 0xde00],
  ['\ud83d\ud83d\ude00', 0xd83d],
])('loneSurrogate of %j', (text, code) => {
  expect(loneSurrogate(text)).toBe(code);
});

describe('decimalText', () => {
  // As Python writes them.
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['42', '42'],
    ['-17', '-17'],
    ['12345678901234567890', '12345678901234567890'],
    ['0.0', '0.0'],
    ['-0.0', '-0.0'],
    ['-0e5', '-0.0'],
    ['1.0', '1.0'],
    ['1.10', '1.1'],
    ['1e3', '1000.0'],
    ['1E5', '100000.0'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['123456789012345680.0', '1.2345678901234568e+17'],
    ['9007199254740993.0', '9007199254740992.0'],
    ['1e21', '1e+21'],
    ['1e22', '1e+22'],
    ['1e100', '1e+100'],
    ['1.5e300', '1.5e+300'],
    ['0.1', '0.1'],
    ['0.001', '0.001'],
    ['0.0001', '0.0001'],
    ['0.00012345', '0.00012345'],
    ['0.00001', '1e-05'],
    ['1.5E-7', '1.5e-07'],
    ['1e-10', '1e-10'],
    ['5e-324', '5e-324'],
    ['1e-400', '0.0'],
    ['-1e-400', '-0.0'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['1e400', 'inf'],
    ['-1e400', '-inf'],
  ])('of %s is %s', (source, text) => {
    expect(decimalText(source)).toBe(text);
  });

  test('of an integer is itself, of a fraction the shortest that reads back the same', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(decimalText(String(value))).toBe(String(value));
      }),
    );
    const fraction = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fraction, (value) => {
        const text = decimalText(value.toExponential());
        expect(Number(text)).toBe(Number(value.toExponential())); // which has no -0
        expect(text).toMatch(/^-?\d+(?:\.\d+)?(?:e[+-]\d{2,})?$/);
        expect(isFractionSource(text)).toBe(true);
        const digits = (each: string) => each.replace(/e.*|[-.]/g, '').replace(/^0+|0+$/g, '');
        expect(digits(text)).toBe(digits(value.toExponential()));
      }),
    );
  });
});

describe('foldCase', () => {
  test('is the same for every letter case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(foldCase(foldCase(text))).toBe(foldCase(text));
      }),
    );
    for (let code = 0; code <= 0x1ffff; code += 1) {
      const character = String.fromCodePoint(code);
      const folded = foldCase(character);
      if (
        foldCase(character.toUpperCase()) !== folded ||
        foldCase(character.toLowerCase()) !== folded
      ) {
        expect.unreachable(`U+${code.toString(16)}`);
      }
    }
  });

  test.each([
    ['ADA', 'ada'],
    ['ＡＤＡ', 'ada'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['Straße', 'strasse'],
    ['STRAẞE', 'strasse'],
    ['\u212a', 'k'],
    ['\u017f', 's'],
    ['ﬁ', 'fi'],
  ])('of %s is %s', (text, folded) => {
    expect(foldCase(text)).toBe(folded);
  });
});

describe('prefixEnd', () => {
  test('comes right after everything that begins with the prefix', () => {
    expect(prefixEnd('a')).toBe('b');
    expect(prefixEnd('a\u{10ffff}\u{10ffff}')).toBe('b');
    expect(prefixEnd('a\ud7ff')).toBe('a\ue000'); // no surrogate in between
    expect(prefixEnd('\uffff')).toBe('\u{10000}');
    expect(prefixEnd('\u{10ffff}')).toBeUndefined();
    expect(prefixEnd('')).toBeUndefined();
  });

  test('parts the texts by their bytes', () => {
    const bytes = (text: string) => Buffer.from(text);
    const text = fc.string({ unit: 'grapheme', maxLength: 4 });
    fc.assert(
      fc.property(text, text, text, (prefix, rest, other) => {
        const end = prefixEnd(prefix);
        const isBefore = (one: string) =>
          end === undefined || Buffer.compare(bytes(one), bytes(end)) < 0;
        expect(isBefore(prefix + rest)).toBe(true);
        const isAfterStart = Buffer.compare(bytes(other), bytes(prefix)) >= 0;
        expect(isAfterStart && isBefore(other)).toBe(other.startsWith(prefix));
      }),
    );
  });
});
