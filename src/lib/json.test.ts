import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../test/any-character.ts';
import { processorMs } from '../../test/processor-time.ts';
import { decodeUtf8, numberSource } from './json.ts';

describe('decodeUtf8', () => {
  test('gives back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeUtf8(Buffer.from(text))).toBe(text);
      }),
    );
  });

  test('keeps a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeffx'))).toBe('\ufeffx');
  });

  test.each([
    ['a lone byte', [0xff]],
    ['a cut sequence', [0xc3]],
    ['an overlong form', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['more than there is', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(TypeError);
  });
});

describe('numberSource', () => {
  test.each<[string, string, string | undefined]>([
    ['{"a": 1}', 'a', '1'],
    ['{"a":1.0}', 'a', '1.0'],
    [' {\n"a"\t:\r12345678901234567890 }', 'a', '12345678901234567890'],
    ['{"a": -1.50E+07, "b": 2}', 'a', '-1.50E+07'],
    ['{"b": 2, "a": 0}', 'a', '0'],
    ['{"a": 1, "a": 2.0}', 'a', '2.0'],
    ['{"a": 1, "a": "x"}', 'a', undefined],
    ['{"a": "1"}', 'a', undefined],
    ['{"a": null}', 'a', undefined],
    ['{"a": [1]}', 'a', undefined],
    ['{"a": {"a": 1}}', 'a', undefined],
    ['{"b": {"a": 1}, "a": 3, "c": [{"a": 2}]}', 'a', '3'],
    ['{"b": ["a", 1], "c": "a", "d": 1}', 'a', undefined],
    ['{"b": "\\"a\\": 1", "a": 2}', 'a', '2'],
    ['{"b\\\\": "\\\\", "a": 2}', 'a', '2'],
    ['{"b": "{[", "a": 2}', 'a', '2'],
    ['{"\\u0061": 7}', 'a', '7'],
    ['{"\\"": 7}', '"', '7'],
    ['{"": 7}', '', '7'],
    ['{"__proto__": 7}', '__proto__', '7'],
    ['{}', 'a', undefined],
    ['{"b": 1}', 'a', undefined],
  ])('of %s at %s', (json, name, source) => {
    JSON.parse(json);
    expect(numberSource(json, name)).toBe(source);
  });

  test('is what JSON.parse read, in any object', () => {
    const name = fc.oneof(fc.constantFrom('a', 'b', '"', '\\'), fc.string({ unit: anyCharacter }));
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.jsonValue());
    fc.assert(
      fc.property(fc.dictionary(name, value), name, fc.nat(2), (object, key, indent) => {
        const expected = Object.hasOwn(object, key) ? object[key] : undefined;
        const source = numberSource(JSON.stringify(object, null, indent), key);
        if (typeof expected !== 'number') expect(source).toBeUndefined();
        else expect(Number(source)).toBe(expected + 0 === 0 ? 0 : expected);
      }),
    );
  });

  test('takes time linear in the length of the text, however deep it is nested', async () => {
    const deep = `{"x": ${'['.repeat(500_000)}${']'.repeat(500_000)}, "a": 1}`;
    const long = `{"x": [${'1,'.repeat(500_000)}1], "a": 1}`;
    const escapes = `{"x": "${'\\\\'.repeat(250_000)}${'\\"'.repeat(250_000)}", "a": 1}`;
    const tookMs = await processorMs(() => {
      for (const json of [deep, long, escapes]) expect(numberSource(json, 'a')).toBe('1');
    });
    expect(tookMs).toBeLessThan(5_000);
  });
});
