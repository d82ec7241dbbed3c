import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeAt } from '../../../../../test/authenticator.ts';
import { qrSvg } from '../../../../lib/qr-svg.ts';
import { openSecret, sealSecret } from './sealed-secrets.ts';
import { base32Of, newTotpSecret, readBase32, stepOf, totpUri } from './totp.ts';

const vectorSecret = Buffer.from('12345678901234567890');
/** RFC 6238 appendix B: seconds, and the eight digits of SHA-1. */
const vectors = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
] as const;

describe('RFC 6238 appendix B', () => {
  test.each(vectors)('at %i seconds', (seconds, eightDigits) => {
    const step = Math.floor(seconds / 30);
    expect(codeAt(vectorSecret, step, 8)).toBe(eightDigits);
    // Six digits are the last six of the eight.
    expect(stepOf(vectorSecret, eightDigits.slice(2), seconds * 1000)).toBe(step);
  });
});

test('a code is that of its step, of the one before and of the one after, to the millisecond', () => {
  const secret = newTotpSecret();
  const step = 59_000_000;
  const code = codeAt(secret, step);
  const at = (ms: number) => stepOf(secret, code, step * 30_000 + ms);
  expect([at(-30_001), at(-30_000), at(0), at(59_999), at(60_000)]).toEqual([
    ...[undefined, step, step, step, undefined],
  ]);
});

test('any secret and any time: the same as by RFC 4226, and nothing of another length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 10, maxLength: 64 }),
      fc.integer({ min: 300, max: 4_000_000_000 }),
      fc.integer({ min: -3, max: 3 }),
      (secret, seconds, offset) => {
        const now = Math.floor(seconds / 30);
        const step = now + offset;
        const code = codeAt(secret, step);
        const found = stepOf(secret, code, seconds * 1000);
        const isNear = [now - 1, now, now + 1].some((near) => codeAt(secret, near) === code);
        expect(found !== undefined).toBe(isNear);
        if (found !== undefined) expect(codeAt(secret, found)).toBe(code);
        for (const other of ['', code.slice(1), `${code}0`, `${code.slice(1)}é`]) {
          expect(stepOf(secret, other, seconds * 1000)).toBeUndefined();
        }
      },
    ),
  );
});

describe('base32 of other systems', () => {
  test('is read in any case, with spaces, dashes and padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 64 }), (bytes) => {
        const text = base32Of(bytes);
        const spaced = text.toLowerCase().replaceAll(/.{4}/g, '$& ');
        for (const form of [text, spaced, `${text}===`, text.replaceAll(/.{4}/g, '$&-')]) {
          expect(readBase32(form)).toEqual(Buffer.from(bytes));
        }
      }),
    );
  });

  test.each(['', '0189', 'JBSWY3DP', 'ä'.repeat(32), base32Of(randomBytes(65))])(
    'refuses %j',
    (text) => expect(readBase32(text)).toBeUndefined(),
  );

  test('the example of RFC 4648 is as there', () => {
    expect(base32Of(Buffer.from('foobarfoobar'))).toBe('MZXW6YTBOJTG633CMFZA');
  });
});

test('the URI has what apps read, whatever the site and the email are called', () => {
  const secret = vectorSecret;
  expect(totpUri(secret, 'Ex:ample & Söhne', 'ada+x@example.com')).toBe(
    'otpauth://totp/Ex%20ample%20%26%20S%C3%B6hne:ada%2Bx%40example.com?issuer=Ex%20ample%20%26%20S%C3%B6hne' +
      '&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
  );
  const longest = totpUri(secret, '\u{1f600}'.repeat(200), `${'ü'.repeat(240)}@example.com`);
  expect(qrSvg(longest)).toMatch(/^<svg /);
});

test('the QR code is an image that draws its black modules, and nothing else', () => {
  const svg = qrSvg('otpauth://totp/x');
  expect(svg).not.toMatch(/style|script|href/);
  const [, size] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? [];
  // The finder pattern of the upper left corner, inside the quiet zone of four modules.
  for (const part of ['M4 4h7v1h-7z', 'M4 5h1v1h-1z', 'M6 6h3v1h-3z', 'M4 10h7v1h-7z']) {
    expect(svg).toContain(part);
  }
  expect(Number(size)).toBeGreaterThan(28);
});

test('a sealed secret opens for its own row alone, and under an older secret of the server', () => {
  const secret = newTotpSecret();
  const deps = { secretKey: 'the newest secret', secretKeyFallbacks: ['an older one'] };
  const app = { id: 3, userId: 7 };
  const sealed = sealSecret(deps, secret, app);
  expect(sealed).not.toContain(base32Of(secret));
  expect(openSecret(deps, sealed, app)).toEqual({ secret, isOld: false });
  expect(openSecret(deps, sealed, { ...app, id: 4 })).toBeUndefined();
  expect(openSecret(deps, sealed, { ...app, userId: 8 })).toBeUndefined();
  const old = sealSecret({ secretKey: 'an older one' }, secret, app);
  expect(openSecret(deps, old, app)).toEqual({ secret, isOld: true });
  expect(openSecret({ secretKey: 'another one' }, sealed, app)).toBeUndefined();
});
