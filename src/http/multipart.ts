/**
 * multipart/form-data (RFC 7578), as forgiving as the clients of this contract are used to: whatever
 * stands between two boundaries, or between one and an end of the body, is a field if it has a name.
 */

export interface MultipartField {
  readonly name: string;
  /** Undefined for a file, which is not a text. */
  readonly text: string | undefined;
}

/** A part whose headers are longer has none that count. */
const maxHeaderBytes = 1024;
const headerEnd = '\r\n\r\n';

/**
 * The boundary that a Content-Type names.
 *
 * @returns undefined if it names none, or an impossible one (RFC 2046 5.1.1)
 */
export function boundaryOf(contentType: string): string | undefined {
  const boundary = headerParameters(contentType).get('boundary');
  return boundary !== undefined && /^[ -~]{0,200}[!-~]$/.test(boundary) ? boundary : undefined;
}

/** The parts of a form, in their order; undefined for a part that is not a field. */
export function* multipartParts(
  bytes: Buffer,
  boundary: string,
): Generator<MultipartField | undefined> {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let start = 0;
  while (start <= bytes.length) {
    const next = bytes.indexOf(delimiter, start);
    const part = next < 0 ? bytes.subarray(start) : withoutLineEnd(bytes.subarray(start, next));
    const field = readPart(part);
    const isCutOff = next < 0;
    yield isCutOff && field?.text === undefined ? undefined : field; // half a file is none
    if (isCutOff) return;
    start = next + delimiter.length;
  }
}

/** The line end in front of a boundary belongs to the boundary. */
function withoutLineEnd(part: Buffer): Buffer {
  let end = part.length;
  if (part[end - 1] === 0x0a) end -= 1;
  if (part[end - 1] === 0x0d) end -= 1;
  return part.subarray(0, end);
}

function readPart(part: Buffer): MultipartField | undefined {
  const end = part.subarray(0, maxHeaderBytes).indexOf(headerEnd);
  if (end < 0) return undefined;
  const headers = partHeaders(part.toString('utf8', 0, end));
  const disposition = headerParameters(headers.get('content-disposition') ?? '');
  const name = disposition.get('name')?.trim();
  if (name === undefined) return undefined;
  if (disposition.get('filename')) return { name, text: undefined };
  const value = part.subarray(end + headerEnd.length);
  const isBase64 = /^base64\b/i.test(headers.get('content-transfer-encoding') ?? '');
  return { name, text: (isBase64 ? fromBase64(value) : value).toString('utf8') };
}

function partHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (name !== '' && !name.includes(';')) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** Some old programs encode even short texts (RFC 7578 4.7 tells them not to). */
function fromBase64(value: Buffer): Buffer {
  const text = value.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
  return text.length % 4 === 0 ? Buffer.from(text, 'base64') : value;
}

/** The parameters of a header such as `form-data; name="email"`, their names in lower case. */
function headerParameters(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of splitOutsideQuotes(header).slice(1)) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase().replace(/\*$/, '');
    parameters.set(name, unquote(part.slice(equals + 1).trim()));
  }
  return parameters;
}

function splitOutsideQuotes(header: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < header.length; i += 1) {
    if (header[i] === '"') isQuoted = !isQuoted;
    if (header[i] !== ';' || isQuoted) continue;
    parts.push(header.slice(start, i));
    start = i + 1;
  }
  return [...parts, header.slice(start)];
}

function unquote(value: string): string {
  if (!/^".*"$/s.test(value) || value.length < 2) return value;
  return value.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"');
}
