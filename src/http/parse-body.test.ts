import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { parseBody } from './parse-body.ts';

/** What would have ended the process, had nobody listened. */
let fatal: unknown[] = [];
const noteFatal = (error: unknown) => fatal.push(error);

beforeEach(() => {
  fatal = [];
  process.prependListener('uncaughtException', noteFatal);
});

afterEach(() => {
  process.off('uncaughtException', noteFatal);
});

function parseForm(text: string) {
  return parseBody('multipart/form-data; boundary=x', Buffer.from(text));
}

test('a form whose file breaks off is malformed, and ends no process', async () => {
  const body =
    '--x\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n' +
    'content-type: application/octet-stream\r\n\r\nabc';
  await expect(parseForm(body)).rejects.toMatchObject({ code: 'malformed_body' });
  await new Promise(setImmediate);
  expect(fatal).toEqual([]);
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

test('any form, however broken, is parsed or refused, soon, and ends no process', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(formPieces, { minLength: 1, maxLength: 14 }), async (pieces) => {
      const outcome = await Promise.race([
        parseForm(`--x\r\n${pieces.join('')}`).catch((error: unknown) => error),
        new Promise((resolve) => setTimeout(resolve, 1_000, 'no answer')),
      ]);
      expect(outcome).not.toBe('no answer');
      if (outcome instanceof Error) expect((outcome as AppError).code).toBe('malformed_body');
      else
        expect(Object.getPrototypeOf((outcome as { value: object }).value)).toBe(Object.prototype);
    }),
    { numRuns: 1_000 },
  );
  expect(fatal).toEqual([]);
});

test('members with the names of prototypes are members like any other', async () => {
  const json = '{"__proto__": {"email": "a@b.co"}, "constructor": 1}';
  const { value } = await parseBody('application/json', Buffer.from(json));
  expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
  expect((value as { email?: unknown }).email).toBeUndefined();
  const form = await parseBody(
    'application/x-www-form-urlencoded',
    Buffer.from('__proto__=1&constructor=2'),
  );
  expect(Object.keys(form.value as object)).toEqual(['__proto__', 'constructor']);
  expect(({} as { email?: unknown }).email).toBeUndefined();
});

test('JSON is malformed where it is not UTF-8, breaks off, or is no JSON', async () => {
  for (const bytes of [[0xff], [0x22, 0xc3, 0x28, 0x22], [0x7b], [0x00]]) {
    const error = await parseBody('application/json', Buffer.from(bytes)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('malformed_body');
  }
});
