import { connect } from 'node:net';
import { expect } from 'vitest';
import { errorTable } from '../../src/errors/index.ts';
import { patienceMs } from '../eventually.ts';
import type { Answer, TestServer } from '../harness.ts';

/** Bytes as they stand, for requests that no HTTP client would send. */

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface RawExchange {
  readonly answers: RawAnswer[];
  /** Whether the server ended the connection. */
  readonly isClosed: boolean;
}

interface RawOptions {
  /** How many answers to wait for, before the connection is closed from here. */
  readonly answers?: number;
  /** How long to wait for them. */
  readonly limitMs?: number;
}

type Chunk = string | Uint8Array;

/** Sends chunks, one after another, and reads whole answers. A function between them is awaited. */
export function sendRaw(
  origin: string,
  bytes: Chunk | readonly (Chunk | (() => Promise<unknown>))[],
  { answers = 1, limitMs = patienceMs }: RawOptions = {},
): Promise<RawExchange> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let received = Buffer.alloc(0);
    let isClosed = false;
    const finish = () => {
      clearTimeout(limit);
      socket.destroy();
      resolve({ answers: readAnswers(received), isClosed });
    };
    const limit = setTimeout(finish, limitMs);
    socket.on('data', (more: Buffer) => {
      received = Buffer.concat([received, more]);
      const whole = readAnswers(received);
      const isLast = whole.at(-1)?.headers.get('connection') === 'close';
      // What comes after the last one that is awaited is seen too: another answer, or the end.
      if (whole.length >= answers && !isLast) setTimeout(finish, 10);
    });
    socket.on('error', () => undefined); // it is cut off: the answers so far are what counts
    socket.on('close', () => {
      isClosed = true;
      finish();
    });
    void (async () => {
      const isOne = typeof bytes === 'string' || bytes instanceof Uint8Array;
      const chunks = isOne ? [bytes] : bytes;
      for (const chunk of chunks) {
        if (typeof chunk === 'function') await chunk();
        else if (socket.writable) socket.write(chunk);
      }
    })();
  });
}

/** The whole answers in what was received; those of 1xx are left out. */
function readAnswers(received: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let at = 0; ; ) {
    const headEnd = received.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return answers;
    const [statusLine = '', ...lines] = received.toString('latin1', at, headEnd).split('\r\n');
    const headers = new Headers(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
    const bodyEnd = headEnd + 4 + Number(headers.get('content-length') ?? 0);
    if (received.length < bodyEnd) return answers;
    const text = received.toString('utf8', headEnd + 4, bodyEnd);
    const status = Number(statusLine.split(' ')[1]);
    at = bodyEnd;
    if (status < 200) continue;
    const isJson = headers.get('content-type')?.includes('json') ?? false;
    answers.push({ status, headers, text, body: isJson ? JSON.parse(text) : undefined });
  }
}

const host = 'Host: x\r\n';

export function request(line: string, headers = '', body = ''): string {
  return `${line} HTTP/1.1\r\n${host}${headers}\r\n${body}`;
}

export function post(path: string, type: string, body: string): string {
  const length = Buffer.byteLength(body);
  return request(`POST ${path}`, `content-type: ${type}\r\ncontent-length: ${length}\r\n`, body);
}

export function expectProblem(
  answer: Answer | RawAnswer | undefined,
  status: number,
  code: string,
): void {
  expect(answer?.status).toBe(status);
  expect(answer?.headers.get('content-type')).toContain('application/problem+json');
  expect(answer?.body).toMatchObject({
    type: `/problems/${code}`,
    title: expect.any(String),
    status,
    code,
    request_id: expect.any(String),
  });
  expect(code in errorTable).toBe(true);
}

/** Whether the server still answers, after what was sent to it. */
export async function expectAlive(server: TestServer): Promise<void> {
  expect((await server.send('OPTIONS', '/api/login/')).status).toBe(200);
}
