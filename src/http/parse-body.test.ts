import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../test/long.ts';
import { processorMs } from '../../test/processor-time.ts';
import { AppError } from '../errors/index.ts';
import { parseBody } from './parse-body.ts';

function parse(contentType: string, bytes: string | readonly number[]): unknown {
  try {
    return parseBody(contentType, Buffer.from(bytes as string)).value;
  } catch (error) {
    return error;
  }
}

const parseForm = (text: string) => parse('multipart/form-data; boundary=x', text);

test('a form whose file breaks off has no such field', () => {
  const body =
    '--x\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n' +
    'content-type: application/octet-stream\r\n\r\nabc';
  expect(parseForm(body)).toEqual({});
});

const formPieces = fc.constantFrom(
  '--x',
  '--x--',
  '--',
  '\r\n',
  '\n',
  '\r\n\r\n',
  'content-disposition: form-data; name="a"',
  'content-disposition: form-data; name="__proto__"',
  'content-disposition: form-data; name="f"; filename="q"',
  'content-disposition: form-data',
  'content-type: application/octet-stream',
  'content-type: text/plain; charset=utf-16',
  'content-transfer-encoding: base64',
  'abc',
  '\0',
  'é',
  'a'.repeat(300),
);

test('any form, however broken, is parsed', () => {
  fc.assert(
    fc.property(fc.array(formPieces, { minLength: 1, maxLength: 14 }), (pieces) => {
      const value = parseForm(`--x\r\n${pieces.join('')}`);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    }),
    { numRuns: runs(1_000) },
  );
});

test('members with the names of prototypes are members like any other', () => {
  const json = '{"__proto__": {"email": "a@b.co"}, "constructor": 1}';
  const value = parse('application/json', json) as { email?: unknown };
  expect(Object.hasOwn(value, '__proto__')).toBe(true);
  expect(value.email).toBeUndefined();
  const form = parse('application/x-www-form-urlencoded', '__proto__=1&constructor=2');
  expect(Object.keys(form as object)).toEqual(['__proto__', 'constructor']);
  expect(({} as { email?: unknown }).email).toBeUndefined();
});

test('JSON is malformed if it is not UTF-8, breaks off, or is not JSON', () => {
  for (const bytes of [[0xff], [0x22, 0xc3, 0x28, 0x22], [0x7b], [0x00]]) {
    const error = parse('application/json', bytes);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('malformed_body');
  }
});

test('takes time linear in the length of the body', async () => {
  const mebibyte = (piece: string) => piece.repeat(1_048_576 / piece.length);
  const padded = `--x\r\na:b${' '.repeat(1_000)}b\r\n\r\nv\r\n`;
  const bodies = [
    ...['a&', '&', '=', '%', '+'].map((piece) => ({
      ...{ piece, run: () => parse('application/x-www-form-urlencoded', mebibyte(piece)) },
    })),
    ...[padded, '--x\r\n', '--x', 'a:', '"', ';', '\r\n'].map((piece) => ({
      ...{ piece, run: () => parseForm(`--x\r\n${mebibyte(piece)}`) },
    })),
  ];
  for (const { piece, run } of bodies) {
    expect([piece, (await processorMs(run)) < 1_000]).toEqual([piece, true]); // a square would take seconds
  }
});

test('of parts without a name there may not be more than of fields', () => {
  const parts = (count: number) => `${'--x\r\n\r\nv\r\n'.repeat(count)}--x--`;
  expect(parseForm(parts(1_000))).toEqual({});
  expect(parseForm(parts(1_001))).toMatchObject({ code: 'malformed_body' });
});
