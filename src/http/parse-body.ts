import type { Body } from '../contract/fields.ts';
import { AppError } from '../errors/index.ts';
import { decodeUtf8 } from '../lib/json.ts';
import { boundaryOf, multipartParts } from './multipart.ts';

/** Everything that a client may send in one body. */
export const bodyLimitBytes = 1024 * 1024;
/** How many fields a form may have, including those that nobody reads. */
const maxFormFields = 1_000;
const plus = 0x2b;
const space = 0x20;
/** What stands before the first boundary of a form, and after its last. */
const partsAround = 2;

/** The media types of bodies. */
export const bodyTypes = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
} as const;

/**
 * Reads a body by its Content-Type: JSON, URL-encoded or multipart form. An empty body is an empty object, whatever
 * its type.
 *
 * @param contentType the header as it was sent; `''` if there was none
 * @throws AppError `malformed_body` or `unsupported_media_type`
 */
export function parseBody(contentType: string, bytes: Buffer): Body {
  if (bytes.length === 0) return { value: {} };
  switch (contentType.split(';', 1)[0]?.trim().toLowerCase()) {
    case bodyTypes.json:
      return parseJson(bytes);
    case bodyTypes.form:
      return { value: parseUrlEncoded(bytes) };
    case bodyTypes.multipart:
      return { value: parseMultipart(contentType, bytes) };
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
    throw malformed(`JSON parse error - ${jsonProblem(error)}`);
  }
}

/** What is wrong with JSON, in words that repeat nothing of the body: it may have a password. */
function jsonProblem(error: unknown): string {
  if (error instanceof TypeError) return 'the text is not valid UTF-8';
  const position = /at position (\d+)/.exec(String(error))?.[1];
  if (position !== undefined) return `unexpected text at position ${position}`;
  return /end of JSON/.test(String(error)) ? 'the text ends too early' : 'the text is not JSON';
}

function parseUrlEncoded(bytes: Buffer): Record<string, unknown> {
  // Before it is parsed, which takes URLSearchParams time that grows with the square of their number.
  if (hasMore(bytes, '&', maxFormFields - 1)) throw tooManyFields('Form');
  // A `+` is a space, and takes URLSearchParams a hundred times as long as one.
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === plus) bytes[at] = space;
  // The leading `&` keeps it from taking a `?` off the first name.
  const entries = new URLSearchParams(`&${formText(bytes)}`);
  return Object.fromEntries(entries); // of a key that is repeated, the last counts
}

/** Whether a character stands more than so many times in a body. */
function hasMore(bytes: Buffer, character: string, limit: number): boolean {
  let at = -1;
  for (let count = 0; count <= limit; count += 1) {
    at = bytes.indexOf(character, at + 1);
    if (at < 0) return false;
  }
  return true;
}

/** Forms should be ASCII. Other forms are UTF-8, or else whatever a careless program sent. */
function formText(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function parseMultipart(contentType: string, bytes: Buffer): Record<string, unknown> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) {
    throw malformed('Multipart form parse error - the Content-Type names no valid boundary');
  }
  const entries: [string, unknown][] = [];
  let parts = 0;
  for (const field of multipartParts(bytes, boundary)) {
    if (field) entries.push([field.name, field.text ?? {}]);
    parts += 1;
    if (parts > maxFormFields + partsAround) throw tooManyFields('Multipart form');
  }
  return Object.fromEntries(entries);
}

function tooManyFields(kind: string): AppError {
  return malformed(`${kind} parse error - more than ${maxFormFields} fields`);
}

function malformed(detail: string): AppError {
  return new AppError('malformed_body', { detail });
}
