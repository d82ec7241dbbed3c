import { Agent, type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/**
 * Sends what `fetch` would send, and reads the whole answer, at half of the processor time: `fetch` took a tenth of that of
 * most tests.
 */

export type RequestBody = string | Uint8Array<ArrayBuffer> | FormData | URLSearchParams;

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true });

/** What `fetch` of Node sends. */
const ownHeaders = {
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
  'user-agent': 'node',
  'accept-encoding': 'gzip, deflate',
};

/** @throws Error if there is no answer, or less than a whole one */
export async function exchange(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: RequestBody | undefined,
): Promise<RawAnswer> {
  const sent: Record<string, string> = { ...ownHeaders };
  for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = value;
  const { bytes, type } = await encode(body);
  if (type !== null) sent['content-type'] ??= type;
  if (bytes) sent['content-length'] = String(bytes.length);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { method, agent, headers: sent }, resolve).on('error', reject).end(bytes);
  const response = await promise;
  const received = new Headers();
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    received.append(response.rawHeaders[at] ?? '', response.rawHeaders[at + 1] ?? '');
  }
  const text = decode(await readAll(response), received.get('content-encoding'));
  return { status: response.statusCode ?? 0, headers: received, text };
}

/** The bytes of a body, and the type that it has where no header says another. */
async function encode(body: RequestBody | undefined) {
  if (body === undefined) return { bytes: undefined, type: null };
  if (typeof body === 'string')
    return { bytes: Buffer.from(body), type: 'text/plain;charset=UTF-8' };
  if (body instanceof Uint8Array) return { bytes: body, type: null };
  const made = new Response(body);
  return { bytes: await made.bytes(), type: made.headers.get('content-type') };
}

function readAll(response: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  response
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', () => resolve(Buffer.concat(chunks)))
    .on('error', reject);
  return promise;
}

const decoder = new TextDecoder();

function decode(bytes: Buffer, encoding: string | null): string {
  const isEncoded = encoding !== null && bytes.length > 0;
  return decoder.decode(isEncoded ? decompress(bytes, encoding) : bytes);
}

function decompress(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'br') return brotliDecompressSync(bytes);
  return encoding === 'gzip' ? gunzipSync(bytes) : inflateSync(bytes);
}
