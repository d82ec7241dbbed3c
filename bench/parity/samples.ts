import { connect, type Socket } from 'node:net';

/** One way of being refused: whole HTTP requests, which take turns. */
export interface Way {
  readonly name: string;
  readonly requests: readonly string[];
}

export interface WaySamples {
  /** From the first byte sent to the last one received, by round. */
  readonly times: number[];
  /** What the answers looked like, apart from what names the request. One, where all is well. */
  readonly answers: ReadonlySet<string>;
}

/**
 * Sends each way once a round, one after the other over one connection, in an order that is drawn for
 * every round: what the machine does meanwhile, and what follows on what, falls on all of them alike.
 *
 * @returns times in milliseconds
 */
export async function takeSamples(
  ways: readonly Way[],
  { port, rounds, warmUp }: { port: number; rounds: number; warmUp: number },
  say: (round: number) => void = () => undefined,
): Promise<Map<Way, WaySamples>> {
  const samples = new Map(ways.map((way) => [way, { times: [], answers: new Set<string>() }]));
  const exchange = openConnection(port);
  try {
    for (let round = -warmUp; round < rounds; round += 1) {
      for (const way of shuffled(ways)) {
        const request = way.requests[(round + warmUp) % way.requests.length] as string;
        const { ms, answer } = await exchange.send(request);
        if (round < 0) continue;
        const of = samples.get(way) as { times: number[]; answers: Set<string> };
        of.times.push(ms);
        of.answers.add(looks(answer));
      }
      if (round >= 0) say(round + 1);
    }
  } finally {
    exchange.close();
  }
  return samples;
}

function shuffled<T>(values: readonly T[]): T[] {
  const rest = [...values];
  return values.map(() => rest.splice(Math.floor(Math.random() * rest.length), 1)[0] as T);
}

interface Connection {
  send(request: string): Promise<{ ms: number; answer: string }>;
  close(): void;
}

function openConnection(port: number): Connection {
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay();
  let pending: Buffer = Buffer.alloc(0);
  let waiting: { startedAt: number; resolve: (value: { ms: number; answer: string }) => void };
  let fail: (error: Error) => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    const arrivedAt = performance.now();
    pending = Buffer.concat([pending, chunk]);
    if (!isWhole(pending)) return;
    const answer = pending.toString();
    pending = Buffer.alloc(0);
    waiting.resolve({ ms: arrivedAt - waiting.startedAt, answer });
  });
  socket.on('error', (error) => fail(error));
  socket.on('close', () => fail(new Error('The server hung up.')));
  return {
    send(request) {
      const { promise, resolve, reject } = Promise.withResolvers<{ ms: number; answer: string }>();
      fail = reject;
      waiting = { startedAt: performance.now(), resolve };
      socket.write(request);
      return promise;
    },
    close() {
      fail = () => undefined;
      socket.destroy();
    },
  };
}

function isWhole(answer: Buffer): boolean {
  const head = answer.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString('latin1', 0, head))?.[1];
  return length !== undefined && answer.length >= head + 4 + Number(length);
}

/** The status, the names of the headers, and the body without what is drawn for each request. */
function looks(answer: string): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const [status = '', ...headers] = head.split('\r\n');
  const names = headers.map((line) => line.split(':', 1)[0]?.toLowerCase()).sort();
  const text = body.replace(/"(request_id|flow)":"[^"]*"/g, '"$1":""');
  return [status, names.join(', '), text].join('\n');
}
