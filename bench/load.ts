import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { codeAt } from '../test/authenticator.ts';

/**
 * The load generator: a process of its own that holds keep-alive connections with one request under
 * way on each. Small on purpose: what it costs is taken from the server that shares the machine; see
 * docs/decisions/load-generator.md.
 */

/** What is sent. Told once; what `refreshes` has learned outlives a run. */
export type LoadWork =
  /** Whole requests, in turn, over all connections. */
  | { readonly kind: 'requests'; readonly requests: readonly string[] }
  /** Each connection renews sessions of its own, in turn, with the token of the last answer. */
  | { readonly kind: 'refreshes'; readonly path: string; readonly tokens: readonly string[] }
  /** Each connection signs owners of apps in, of its own and in turn: with the password, then with a code. */
  | { readonly kind: 'codes'; readonly owners: readonly AppOwner[] }
  /** Of a hundred requests so many of each kind, over all connections. */
  | {
      readonly kind: 'mixed';
      readonly parts: readonly { readonly percent: number; readonly work: LoadWork }[];
    };

/** Somebody with an authenticator app. */
export interface AppOwner {
  /** The whole request that begins the sign-in. */
  readonly login: string;
  /** That of the app. */
  readonly secret: Uint8Array;
}

export interface LoadRun {
  readonly port: number;
  /** No more than there are tokens. */
  readonly connections: number;
  readonly seconds: number;
  /** Undefined: as fast as the answers come. Else at this pace, whether answers come or not. */
  readonly perSecond?: number | undefined;
}

export interface LoadResult {
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same of each part of mixed work alone. */
  readonly p99MsOfParts: readonly number[];
  readonly maxMs: number;
  /** What the generator itself used, as a share of one core. */
  readonly cores: number;
  /** Answers that are not what was to come, or connections that broke; and the first of them. */
  readonly wrong: number;
  readonly firstWrong: string;
}

interface Lane {
  next(): Buffer;
  /** Absent: every success is. */
  isRight?(answer: Buffer): boolean;
  answered(answer: Buffer): void;
  /** Which part of mixed work it is at. */
  part?(): number;
}

const headEnd = Buffer.from('\r\n\r\n');
/** What the status of a success begins with (RFC 9110 15.3). */
const success = '2'.charCodeAt(0);
const lengthField = Buffer.from('content-length: ');
const tokenField = Buffer.from('"refresh_token":"');

function requestLanes(requests: readonly string[]): () => Lane {
  const buffers = requests.map((request) => Buffer.from(request));
  let turn = 0;
  const next = () => buffers[turn++ % buffers.length] as Buffer;
  return () => ({ next, answered: () => undefined });
}

function refreshLanes(path: string, tokens: readonly string[]): (lane: number, of: number) => Lane {
  const body = JSON.stringify({ refresh_token: '-'.repeat(36) });
  const text =
    `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n\r\n${body}`;
  const known: Lane[] = [];
  return (lane, of) => {
    known[lane] ??= chain(tokens.filter((_, index) => index % of === lane));
    return known[lane];
  };
  function chain(own: string[]): Lane {
    const request = Buffer.from(text);
    const place = request.length - 38;
    let turn = 0;
    return {
      next() {
        request.write(own[turn] as string, place, 'latin1');
        return request;
      },
      answered(answer) {
        const start = answer.indexOf(tokenField) + tokenField.length;
        own[turn] = answer.toString('latin1', start, start + 36);
        turn = (turn + 1) % own.length;
      },
    };
  }
}

const codeStepMs = 30_000;

function codeLanes(owners: readonly AppOwner[]): (lane: number, of: number) => Lane {
  const known: Lane[] = [];
  return (lane, of) => {
    known[lane] ??= signIns(owners.filter((_, index) => index % of === lane));
    return known[lane];
  };
  function signIns(own: readonly AppOwner[]): Lane {
    const lastSteps = own.map(() => 0);
    let [turn, flow]: [number, string | undefined] = [0, undefined];
    /** Of now, or of the step after: each works once, in their order, and while the next one begins as well. */
    const nextCode = () => {
      const now = Math.floor(Date.now() / codeStepMs);
      const step = Math.max((lastSteps[turn] ?? 0) + 1, now);
      if (step > now + 1) throw new Error('There are too few users for so many sign-ins.');
      lastSteps[turn] = step;
      return codeAt((own[turn] as AppOwner).secret, step);
    };
    return {
      next() {
        if (flow === undefined) return Buffer.from((own[turn] as AppOwner).login);
        const body = JSON.stringify({ flow, code: nextCode() });
        return Buffer.from(
          'POST /api/login/second-factor/ HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n' +
            `content-length: ${body.length}\r\n\r\n${body}`,
        );
      },
      isRight: (answer) => (flow === undefined ? flowOf(answer) !== undefined : isSuccess(answer)),
      answered(answer) {
        if (flow !== undefined) turn = (turn + 1) % own.length;
        flow = flow === undefined ? flowOf(answer) : undefined;
      },
    };
  }
}

const flowOf = (answer: Buffer) => /"flow":"([^"]+)"/.exec(answer.toString('latin1'))?.[1];
const isSuccess = (answer: Buffer) => answer[9] === success;

/** Takes the parts in one order for all lanes, each part spread over the hundred. */
function mixedLanes(parts: Extract<LoadWork, { kind: 'mixed' }>['parts']) {
  const lanesOfParts = parts.map(({ work }) => lanesOf(work));
  const order = parts
    .flatMap(({ percent }, part) =>
      Array.from({ length: percent }, (_, index) => ({ part, at: (index + 0.5) / percent })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ part }) => part);
  let turn = 0;
  return (lane: number, of: number): Lane => {
    const own = lanesOfParts.map((make) => make(lane, of));
    let part = 0;
    return {
      next() {
        part = order[turn++ % order.length] ?? 0;
        return own[part]?.next() ?? Buffer.alloc(0);
      },
      isRight: (answer) => own[part]?.isRight?.(answer) ?? isSuccess(answer),
      answered: (answer) => own[part]?.answered(answer),
      part: () => part,
    };
  };
}

function lanesOf(work: LoadWork): (lane: number, of: number) => Lane {
  if (work.kind === 'requests') return requestLanes(work.requests);
  if (work.kind === 'codes') return codeLanes(work.owners);
  if (work.kind === 'refreshes') return refreshLanes(work.path, work.tokens);
  return mixedLanes(work.parts);
}

function run(lanes: (lane: number, of: number) => Lane, plan: LoadRun): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const latency = createHistogram();
  const latencyOfParts: ReturnType<typeof createHistogram>[] = [];
  const usage = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + plan.seconds * 1000;
  const idle: { send(dueAt: number): void; end(): void }[] = [];
  let [answers, wrong, firstWrong, open, started] = [0, 0, '', plan.connections, 0];
  let pacer: NodeJS.Timeout | undefined;

  function end(socket: Socket): void {
    socket.destroy();
    open -= 1;
    if (open > 0) return;
    clearInterval(pacer);
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(usage);
    const [p50Ms, p99Ms] = [latency.percentile(50) / 1e6, latency.percentile(99) / 1e6];
    const maxMs = latency.max / 1e6;
    const cores = (user + system) / 1e6 / seconds;
    const p99MsOfParts = latencyOfParts.map((part) => part.percentile(99) / 1e6);
    resolve({ answers, seconds, p50Ms, p99Ms, maxMs, p99MsOfParts, cores, wrong, firstWrong });
  }

  function openLane(lane: Lane): void {
    const socket = connect(plan.port, '127.0.0.1').setNoDelay();
    let pending: Buffer | undefined;
    let sentAt = 0;
    const send = (dueAt: number) => {
      sentAt = dueAt;
      socket.write(lane.next());
    };
    const rest = () => {
      if (performance.now() >= endsAt) end(socket);
      else if (pacer) idle.push({ send, end: () => end(socket) });
      else send(performance.now());
    };
    socket.on('connect', rest);
    socket.on('data', (chunk: Buffer) => {
      const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
      const end = answerEnd(bytes);
      pending = bytes.length < end ? bytes : undefined;
      if (pending) return;
      const nanos = Math.max(1, Math.round((performance.now() - sentAt) * 1e6));
      latency.record(nanos);
      const part = lane.part?.();
      if (part !== undefined) {
        for (let n = latencyOfParts.length; n <= part; n += 1)
          latencyOfParts.push(createHistogram());
        latencyOfParts[part]?.record(nanos);
      }
      answers += 1;
      if (lane.isRight?.(bytes) ?? isSuccess(bytes)) lane.answered(bytes);
      else if (wrong++ === 0) firstWrong = bytes.toString('latin1');
      rest();
    });
    socket.on('error', reject);
    socket.on('close', (hadError) => {
      if (!hadError && performance.now() < endsAt) reject(new Error('The server hung up.'));
    });
  }

  if (plan.perSecond !== undefined) {
    const perMs = plan.perSecond / 1000;
    pacer = setInterval(() => {
      const now = performance.now();
      // A request that finds no free connection is late, and its time runs from when it was due.
      while (idle.length > 0 && startedAt + started / perMs <= now) {
        idle.pop()?.send(startedAt + started++ / perMs);
      }
      if (now >= endsAt) for (const lane of idle.splice(0)) lane.end();
    }, 1);
  }
  for (let lane = 0; lane < plan.connections; lane += 1) openLane(lanes(lane, plan.connections));
  return promise;
}

/** Where the answer ends that begins the bytes; past their end where it is not all there. */
function answerEnd(bytes: Buffer): number {
  const head = bytes.indexOf(headEnd);
  if (head < 0) return Number.POSITIVE_INFINITY;
  const field = bytes.indexOf(lengthField) + lengthField.length;
  return head + 4 + Number.parseInt(bytes.toString('latin1', field, field + 8), 10);
}

let lanes: (lane: number, of: number) => Lane;

process.on('message', async (message: LoadWork | LoadRun) => {
  if ('kind' in message) {
    lanes = lanesOf(message);
    process.send?.({ ready: true });
  } else {
    process.send?.(await run(lanes, message));
  }
});
process.on('disconnect', () => process.exit());
