import { connect, type Socket } from 'node:net';

/** Clients that do not stop asking while a server ends, and what each of their requests met. */

interface Met {
  /** Of its answer; 0: there was none, although the request was sent. */
  readonly status: number;
  readonly code?: string | undefined;
  readonly retryAfter?: string | undefined;
  /** Whether the connection ends with it. */
  readonly isLast: boolean;
  /** What became of the connection where there was no answer. */
  readonly end?: string;
}

interface PersistentOptions {
  /** Asks on one connection while it is kept; else each time on a new one. */
  readonly isKept: boolean;
  /** The text of its nth request. */
  request(n: number): string;
}

export function requestText(method: string, path: string, body = ''): string {
  const length = Buffer.byteLength(body);
  const type = body === '' ? '' : 'content-type: application/json\r\n';
  return `${method} ${path} HTTP/1.1\r\nhost: x\r\n${type}content-length: ${length}\r\n\r\n${body}`;
}

/** Asks one thing after the other, until a connection is refused. */
export async function askUntilRefused(origin: string, options: PersistentOptions): Promise<Met[]> {
  const met: Met[] = [];
  for (;;) {
    const socket = await open(origin);
    if (!socket) return met;
    let isLast = false;
    while (!isLast) {
      const one = await exchange(socket, options.request(met.length));
      met.push(one);
      isLast = one.isLast || !options.isKept;
    }
    socket.destroy();
  }
}

/** Gives undefined if the connection is refused, or reset before anything was sent on it. */
export function open(origin: string): Promise<Socket | undefined> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

/** Sends a request and reads its answer. */
async function exchange(socket: Socket, request: string): Promise<Met> {
  const { promise, resolve } = Promise.withResolvers<Met>();
  let text = '';
  const onData = (bytes: Buffer) => {
    text += bytes;
    const [head = '', body] = text.split('\r\n\r\n');
    if (body === undefined || body.length < Number(header(head, 'content-length'))) return;
    const status = Number(head.split(' ')[1]);
    const isLast = header(head, 'connection') === 'close';
    const code = /"code":"(\w+)"/.exec(body)?.[1];
    resolve({ status, code, retryAfter: header(head, 'retry-after'), isLast });
  };
  const onEnd = () => resolve({ status: 0, isLast: true, end: 'closed' });
  const onError = ({ message }: Error) => resolve({ status: 0, isLast: true, end: message });
  socket.on('data', onData).once('end', onEnd).once('error', onError);
  socket.write(request);
  const met = await promise;
  socket.off('data', onData).off('end', onEnd).off('error', onError);
  return met;
}

function header(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
}
