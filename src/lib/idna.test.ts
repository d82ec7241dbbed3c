import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiDomain, canonicalDomain, fromPunycode, punycode, unicodeDomain } from './idna.ts';

// RFC 3492 7.1
test.each([
  ['ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'],
  ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
  ['למההםפשוטלאמדבריםעברית', '4dbcagdahymbxekheh6e0a7fei0b'],
  ['почемужеонинеговорятпорусски', 'b1abfaaepdrnnbgefbadotcwatmq2g4l'],
  ['3年B組金八先生', '3B-ww4c5e180e575a65lsy2b'],
  ['MajiでKoiする5秒前', 'MajiKoi5-783gue6qz075azm5e'],
  ['そのスピードで', 'd9juau41awczczp'],
  ['-> $1.00 <-', '-> $1.00 <--'],
])('punycode of %s', (text, encoded) => {
  expect(punycode(text)).toBe(encoded);
  expect(fromPunycode(encoded)).toBe(text);
});

test('every text comes back from its punycode, and no other text is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      fc.pre(/[^\0-\x7f]/.test(text));
      expect(fromPunycode(punycode(text))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{0,40}$/), (encoded) => {
      expect(() => fromPunycode(encoded)).not.toThrow();
    }),
  );
});

describe('unicodeDomain', () => {
  test.each([
    ['xn--mller-kva.example', 'müller.example'],
    ['XN--MLLER-KVA.example', 'müller.example'],
    ['mail.xn--r8jz45g.xn--zckzah', 'mail.例え.テスト'],
    ['müller.example', 'müller.example'],
    // Not what a label would have made: it stays.
    ['xn--abc-.example', 'xn--abc-.example'],
    ['xn--99999999.example', 'xn--99999999.example'],
    [`xn--${punycode('a．b')}.example`, `xn--${punycode('a．b')}.example`],
    [`xn--${punycode('MÜ')}.example`, `xn--${punycode('MÜ')}.example`],
    [`xn--${punycode('a＠b')}.example`, `xn--${punycode('a＠b')}.example`],
  ])('%s is %s', (domain, unicode) => {
    expect(unicodeDomain(domain)).toBe(unicode);
  });
});

test('two spellings that lead to one server are one canonical domain, whatever letter is in them', () => {
  for (let code = 0x80; code <= 0xffff; code += 1) {
    const letter = String.fromCharCode(code);
    for (const domain of [`exa${letter}mple.com`, `ü${letter}b.com`]) {
      const ascii = asciiDomain(domain);
      if (ascii === undefined || canonicalDomain(ascii) === canonicalDomain(domain)) continue;
      expect.unreachable(`${domain} and ${ascii} are two`);
    }
  }
});

describe('asciiDomain', () => {
  test.each<[string, string | undefined]>([
    ['example.com', 'example.com'],
    ['Example.COM', 'Example.COM'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['straße.de', 'strasse.de'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['ｅｘａｍｐｌｅ．ｃｏｍ', 'example.com'],
    ['ex\u00adample.com', 'example.com'],
    ['💌.ws', 'xn--rr8h.ws'],
    ['موقع.وزارة', 'xn--4gbrim.xn--mgbexc3i'],
    ['a/b.é.com', 'a/b.xn--9ca.com'],
    ['é\u00a0é.com', 'xn-- -9fab.com'],
    ['é\u200eé.com', undefined],
    ['é\ue000.com', undefined],
    ['é\ud800.com', undefined],
    ['é\uffff.com', undefined],
    ['xn--é.com', undefined],
    ['אa.com', undefined],
    ['1א.com', undefined],
    ['א1.com', undefined],
    ['א1ב.com', 'xn--1-zhce.com'],
  ])('of %s', (domain, ascii) => {
    expect(asciiDomain(domain)).toBe(ascii);
  });

  test('is what every other implementation makes of ordinary names', () => {
    const label = fc.string({
      unit: fc.constantFrom(...'abcxyz0189éüñøжщяλωकखग漢字仮名ひらカナ한글'),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(label, label, (left, right) => {
        const domain = `${left}.x${right}`;
        const other = domainToASCII(domain);
        if (other !== '') expect(asciiDomain(domain)).toBe(other);
      }),
    );
  });
});
