import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundaryOf, multipartParts } from './multipart.ts';

// Most of what a form may be is in test/contract/bodies-and-headers.test.ts.

test.each<[string, string | undefined]>([
  ['multipart/form-data; boundary=x', 'x'],
  ['multipart/form-data;boundary=x', 'x'],
  ['multipart/form-data; Boundary=x; charset=utf-8', 'x'],
  ['multipart/form-data; boundary="a b;c"', 'a b;c'],
  [String.raw`multipart/form-data; boundary="a\"b\\c"`, String.raw`a"b\c`],
  ['multipart/form-data; x="; boundary=y"; boundary=x', 'x'],
  ['multipart/form-data; boundary=a; boundary=b', 'b'],
  [`multipart/form-data; boundary=${'b'.repeat(201)}`, 'b'.repeat(201)],
  [`multipart/form-data; boundary=${'b'.repeat(202)}`, undefined],
  ['multipart/form-data', undefined],
  ['multipart/form-data; boundary', undefined],
  ['multipart/form-data; boundary=', undefined],
  ['multipart/form-data; boundary=""', undefined],
  ['multipart/form-data; boundary="x "', undefined],
  ['multipart/form-data; boundary=é', undefined],
])('boundaryOf %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});

describe('multipartParts', () => {
  test('gives back every field that FormData writes', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => text.trim() === text);
    const value = fc.string({ unit: 'grapheme' });
    const fields = fc.array(fc.tuple(name, value, fc.boolean()), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fields, async (entries) => {
        const form = new FormData();
        for (const [key, text, isFile] of entries) {
          if (isFile) form.append(key, new Blob([text]), 'name');
          else form.append(key, text);
        }
        const request = new Request('http://localhost', { method: 'POST', body: form });
        const boundary = boundaryOf(request.headers.get('content-type') ?? '') ?? '';
        const bytes = Buffer.from(await request.arrayBuffer());
        // FormData writes line ends as CRLF, and escapes what a quoted name cannot hold.
        const written = (text: string) => text.replace(/\r\n?|\n/g, '\r\n');
        const quoted = (text: string) =>
          written(text).replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
        expect([...multipartParts(bytes, boundary)].filter((part) => part)).toEqual(
          entries.map(([key, text, isFile]) => ({
            name: quoted(key).replaceAll('\\\\', '\\'),
            text: isFile ? undefined : written(text),
          })),
        );
      }),
    );
  });

  // Time that grows with the square of the length would be minutes, past the limit of any test.
  test('takes time linear in the length of the body', () => {
    for (const piece of ['--b', '--b\r\n', '\r\n\r\n', '--', '--b\r\n\r\n\r\n', ';', '"', 'x']) {
      const body = `--b\r\nContent-Disposition: form-data; name="a"; ${piece.repeat(300_000)}`;
      for (const _ of multipartParts(Buffer.from(body), 'b'));
    }
  });
});
