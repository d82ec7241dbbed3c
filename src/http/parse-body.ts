import { Busboy } from '@fastify/busboy';
import { AppError } from '../errors.ts';
import type { Body } from '../lib/fields.ts';
import { decodeUtf8 } from '../lib/json.ts';

/** Everything that a client may send in one body. */
export const bodyLimitBytes = 1024 * 1024;
const maxFormFields = 100;

/** What a body may come as. */
export const bodyTypes = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
} as const;

/**
 * Reads a body by its Content-Type: JSON, URL-encoded or multipart form. An empty one is an empty
 * object, whatever it says it is.
 *
 * @param contentType the header as it came; `''` where there is none
 * @throws AppError `malformed_body` or `unsupported_media_type`
 */
export async function parseBody(contentType: string, bytes: Buffer): Promise<Body> {
  if (bytes.length === 0) return { value: {} };
  switch (contentType.split(';', 1)[0]?.trim().toLowerCase()) {
    case bodyTypes.json:
      return parseJson(bytes);
    case bodyTypes.form:
      return { value: members(new URLSearchParams(bytes.toString('utf8'))) };
    case bodyTypes.multipart:
      return { value: await parseMultipart(contentType, bytes) };
    default:
      throw new AppError('unsupported_media_type', {
        detail: `Unsupported media type "${contentType}" in request.`,
      });
  }
}

function parseJson(bytes: Buffer): Body {
  try {
    const json = decodeUtf8(bytes);
    return { value: JSON.parse(json), json };
  } catch (error) {
    throw new AppError('malformed_body', { detail: `JSON parse error - ${jsonFault(error)}` });
  }
}

/** What is wrong with JSON, in words that repeat nothing of the body: it may hold a password. */
function jsonFault(error: unknown): string {
  if (error instanceof TypeError) return 'the text is not valid UTF-8';
  const position = /at position (\d+)/.exec(String(error))?.[1];
  if (position !== undefined) return `unexpected text at position ${position}`;
  return /end of JSON/.test(String(error)) ? 'the text ends too early' : 'the text is not JSON';
}

/** Of a key that is repeated, the last counts. Own members only, whatever their names. */
function members(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}

function parseMultipart(contentType: string, bytes: Buffer): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(
        new AppError('malformed_body', {
          detail: 'Multipart form parse error - the body is not what its boundary says',
          cause: error,
        }),
      );
    const found: [string, unknown][] = [];
    try {
      const form = new Busboy({
        headers: { 'content-type': contentType },
        limits: { fields: maxFormFields, files: maxFormFields, parts: maxFormFields },
      });
      form.on('field', (name, value) => {
        found.push([name, value]);
      });
      form.on('file', (name, stream) => {
        found.push([name, {}]); // a file is no text
        stream.on('error', fail); // it breaks off; without a listener the process would end
        stream.resume();
      });
      form.on('error', fail);
      form.on('finish', () => resolve(members(found)));
      form.end(bytes);
    } catch (error) {
      fail(error);
    }
  });
}
