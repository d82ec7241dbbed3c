import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Connection, type Connections, endSoftly } from './connections.ts';

/** How a server that stops ends its connections. Tests shorten it. */
export interface DrainTimes {
  /** New connections are accepted until none has come for this long: a connection in the queue would be reset. */
  readonly quietMs: number;
  /** Where they do not stop to come, as long. */
  readonly acceptMs: number;
  /** A connection on which nothing has come for this long is idle. */
  readonly idleMs: number;
  /** A client that was told that the connection ends has this long to close its own end. */
  readonly lingerMs: number;
  /** Requests under way when the server stops have this long to be answered. */
  readonly limitMs: number;
}

const defaultTimes: DrainTimes = {
  quietMs: 20,
  acceptMs: 200,
  idleMs: 500,
  lingerMs: 1_000,
  limitMs: 8_000,
};

const lookEveryMs = 50;
/** Node takes one connection a turn: so long a queue gets to become empty. */
const queueLimitMs = 1_000;

export interface Drain {
  /** Settled when no connection is taken any more; undefined: the server does not stop. */
  shut(): Promise<void> | undefined;
  /** Accepts no more connections, and ends the open ones. Settled when the last one has ended. */
  run(): Promise<void>;
}

/**
 * Stops a server without a reset. Everything that was sent to it is answered, and also what is sent later on a
 * connection in use. Idle connections are closed, those in use are closed after their answer, and those that do not
 * end are cut at the limit: without it one silent client could keep the server from stopping. See
 * docs/decisions/stopping.md.
 */
export function createDrain(
  { server }: FastifyInstance,
  connections: Connections,
  log: Logger,
  times = defaultTimes,
): Drain {
  const shut = Promise.withResolvers<void>();
  let isStopping = false;

  async function run(): Promise<void> {
    if (!server.listening) return;
    isStopping = true;
    for (const connection of connections.all.values()) announceEnd(connection);
    const limit = setTimeout(() => {
      log.warn({ connections: connections.all.size }, 'cut the connections that did not end');
      for (const socket of connections.all.keys()) socket.destroy();
    }, times.limitMs);
    const closeIdle = watchForIdle(connections, times);
    // After the turn's reading: after a long turn, what has come is not read yet.
    const look = setInterval(() => setImmediate(closeIdle), lookEveryMs);
    await untilNobodyComes(server, times);
    const ended = new Promise<void>((resolve) => {
      // Not that of the HTTP server, which also destroys what idles at this moment, though the next
      // request may be on its way.
      NetServer.prototype.close.call(server, () => resolve());
    });
    shut.resolve();
    closeIdle();
    await ended;
    clearInterval(look);
    clearTimeout(limit);
  }

  function announceEnd({ last }: Connection): void {
    if (!last || last.answer.headersSent || !connections.canEndWith(last.request)) return;
    last.answer.setHeader('connection', 'close');
  }

  return { shut: () => (isStopping ? shut.promise : undefined), run };
}

/** Gives what ends the connections on which nothing is under way and nothing has come for `idleMs`. */
function watchForIdle(
  { all }: Connections,
  { idleMs, lingerMs }: Pick<DrainTimes, 'idleMs' | 'lingerMs'>,
): () => void {
  const seen = new WeakMap<Socket, { readonly bytes: number; readonly sinceMs: number }>();
  return () => {
    const nowMs = performance.now();
    for (const [socket, { underWay }] of all as ReadonlyMap<Socket, Connection>) {
      if (socket.writableEnded) continue; // its end is announced
      const last = seen.get(socket);
      const bytes = socket.bytesRead;
      const isQuiet = underWay === 0 && socket.writableLength === 0 && last?.bytes === bytes;
      const sinceMs = isQuiet ? last.sinceMs : nowMs;
      seen.set(socket, { bytes, sinceMs });
      if (isQuiet && nowMs - sinceMs >= idleMs) endSoftly(socket, lingerMs);
    }
  };
}

/**
 * Waits until the queue of new connections is empty. Later connections are refused, which tells a proxy that nothing
 * was sent.
 */
async function untilNobodyComes(server: Server, { quietMs, acceptMs }: DrainTimes): Promise<void> {
  let came = false;
  const note = () => {
    came = true;
  };
  server.on('connection', note);
  const startMs = performance.now();
  const isWithin = (ms: number) => performance.now() - startMs < ms;
  do {
    came = false;
    if (isWithin(acceptMs)) await sleep(quietMs);
    await nextTurn();
  } while (came && isWithin(queueLimitMs));
  server.off('connection', note);
}
