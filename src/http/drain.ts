import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How a server that closes takes leave of its clients. Tests shorten it. */
export interface DrainTimes {
  /** New connections are taken until none has come for as long: who stands in the queue would be reset. */
  readonly quietMs: number;
  /** Where they do not stop to come, as long. */
  readonly acceptMs: number;
  /** A connection on which nothing has come for as long is one that idles. */
  readonly idleMs: number;
  /** A client that was told that the connection ends has this long to close its own end. */
  readonly lingerMs: number;
  /** What is under way when the server closes has this long to be answered. */
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
  /** Is settled when no connection is taken any more; undefined: the server does not close. */
  shut(): Promise<void> | undefined;
}

/**
 * Lets the server close without a reset: what was sent to it is answered, and what comes after it as
 * well, for as long as the connection is in use. Those that idle are closed, those that are busy after
 * their answer, and those that do not come to an end are cut at the limit: without this one silent
 * client would hold the server for as long as it likes.
 */
export function drainOnClose(app: FastifyInstance, times = defaultTimes): Drain {
  const { server } = app;
  const sockets = new Set<Socket>();
  const shut = Promise.withResolvers<void>();
  let isClosing = false;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (isClosing) endSoftly(socket, times.lingerMs);
  });

  app.addHook('preClose', async () => {
    if (!server.listening) return;
    isClosing = true;
    for (const socket of sockets) {
      announceClose(socket);
      endSoftly(socket, times.lingerMs);
    }
    const limit = setTimeout(() => server.closeAllConnections(), times.limitMs);
    const closeIdle = watchForIdle(server, sockets, times.idleMs);
    // Node's own, which closing calls, does not ask whether the next request is on its way.
    server.closeIdleConnections = closeIdle;
    // Behind the turn's reading: after a long turn what has come stands there unread.
    const look = setInterval(() => setImmediate(closeIdle), lookEveryMs);
    server.once('close', () => {
      clearInterval(look);
      clearTimeout(limit);
    });
    await untilNobodyComes(server, times);
    server.close(); // at once: Fastify takes some turns more until it does
    shut.resolve();
  });
  return { shut: () => (isClosing ? shut.promise : undefined) };
}

/** Tells a client whose answer has not begun that the connection ends with it. */
function announceClose(socket: Socket): void {
  const answer = answerOn(socket);
  if (answer && !answer.headersSent) answer.setHeader('connection', 'close');
}

/** Node has no public way from a connection to the answer that is under way on it. */
function answerOn(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Makes Node end a connection after its last answer in two steps: we say that nothing more comes, and
 * read on until the client has closed its end. A socket that is closed with bytes unread, such as the
 * rest of a body, is reset, and the answer that is on its way is lost with it.
 */
function endSoftly(socket: Socket, lingerMs: number): void {
  socket.destroySoon = () => {
    if (socket.writableEnded) return;
    socket.end(() => {
      const limit = setTimeout(() => socket.destroy(), lingerMs);
      socket.once('close', () => clearTimeout(limit));
    });
  };
}

/** Gives what closes the connections on which nothing has come for so long, and nothing is under way. */
function watchForIdle(server: Server, sockets: ReadonlySet<Socket>, idleMs: number): () => void {
  const closeIdleNow = server.closeIdleConnections.bind(server);
  const seen = new WeakMap<Socket, { readonly bytes: number; readonly sinceMs: number }>();
  return () => {
    const nowMs = performance.now();
    const idle = idleOf(sockets, closeIdleNow);
    for (const socket of sockets) {
      const last = seen.get(socket);
      const bytes = socket.bytesRead;
      const isQuiet = idle.has(socket) && last?.bytes === bytes;
      const sinceMs = isQuiet ? last.sinceMs : nowMs;
      seen.set(socket, { bytes, sinceMs });
      if (idle.has(socket) && nowMs - sinceMs >= idleMs) socket.destroySoon();
    }
  };
}

/** The connections on which neither a request nor an answer is under way. */
function idleOf(sockets: ReadonlySet<Socket>, closeIdleNow: () => void): ReadonlySet<Socket> {
  const idle = new Set<Socket>();
  // Node knows, and says so only by closing them: so it gets to close nothing.
  for (const socket of sockets) {
    socket.destroy = () => {
      idle.add(socket);
      return socket;
    };
  }
  closeIdleNow();
  for (const socket of sockets) {
    Reflect.deleteProperty(socket, 'destroy');
    if (socket.bytesRead === 0) idle.add(socket); // to Node, the first request is under way
    if (socket.writableLength > 0) idle.delete(socket); // to Node, its answer is done
  }
  return idle;
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
