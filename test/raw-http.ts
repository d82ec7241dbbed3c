import { connect } from 'node:net';
import type { Answer } from './harness.ts';

/** Requests as bytes on a socket, for what `fetch` will not send. */

export type HeaderLine = readonly [name: string, value: string | Uint8Array];

export interface RawRequest {
  readonly method?: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** As they stand, repeated ones too. `Host` and `Connection: close` are added. */
  readonly headers?: readonly HeaderLine[];
  /** Sent with its `Content-Length`, unless `headers` name a `Transfer-Encoding`. */
  readonly body?: string | Uint8Array;
}

const lineEnd = '\r\n';

/** Sends one request on a connection of its own. */
export function sendRaw(origin: string, request: RawRequest): Promise<Answer> {
  const { method = 'GET', target, headers = [], body } = request;
  const isChunked = headers.some(([name]) => name.toLowerCase() === 'transfer-encoding');
  const lines: (string | Uint8Array)[] = [`${method} ${target} HTTP/1.1${lineEnd}`];
  const all: HeaderLine[] = [['Host', 'localhost'], ['Connection', 'close'], ...headers];
  if (body !== undefined && !isChunked) {
    all.push(['Content-Length', String(Buffer.byteLength(body))]);
  }
  for (const [name, value] of all) lines.push(`${name}: `, value, lineEnd);
  lines.push(lineEnd, body ?? '');
  const toBytes = (line: string | Uint8Array) =>
    typeof line === 'string' ? Buffer.from(line) : line;
  return sendBytes(origin, Buffer.concat(lines.map(toBytes)));
}

/** Sends bytes and reads what comes back until the server closes the connection. */
export function sendBytes(origin: string, bytes: Uint8Array): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks))));
    socket.write(bytes);
  });
}

function parseAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf(`${lineEnd}${lineEnd}`);
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split(lineEnd);
  if (statusLine.includes(' 100 ')) return parseAnswer(bytes.subarray(end + 4));
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const text = bytes.toString('utf8', end + 4);
  const isJson = headers.get('content-type')?.includes('json') ?? false;
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
    text,
  };
}
