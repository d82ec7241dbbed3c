import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Connection, type Connections, endSoftly } from './connections.ts';

/** How a server that stops ends its connections. Tests shorten it. */
export interface DrainTimes {
  /** New connections are taken until none has come for as long: the queue would be reset. */
  readonly quietMs: number;
  /** Where they do not stop to come, as long. */
  readonly acceptMs: number;
  /** A connection on which nothing has come for as long is one that idles. */
  readonly idleMs: number;
  /** A client that was told that the connection ends has this long to close its own end. */
  readonly lingerMs: number;
  /** What is under way when the server stops has this long to be answered. */
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
  /** Takes no more connections, and ends those that there are. Settled when the last has ended. */
  run(): Promise<void>;
}

/**
 * Lets a server stop without a reset: what was sent to it is answered, and what comes after it as
 * well, for as long as the connection is in use. Connections that idle are closed, those in use after
 * their answer, and those that do not come to an end are cut at the limit: without it one silent
 * client could hold the server for as long as it likes. See docs/decisions/stopping.md.
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
 * Waits until nobody stands in the queue of new connections: who connects from then on is refused, which
 * tells a proxy that nothing was sent.
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
