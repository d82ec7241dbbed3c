import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** The connections of a server, and what is under way on each: Node does not tell. */

/** A connection of HTTP/1.1, on which a client may send one request after the other without waiting. */
export interface Connection {
  /** How many of its requests are not answered yet. */
  underWay: number;
  /** The request that came last, and its answer; undefined once that has left. */
  last: { readonly request: IncomingMessage; readonly answer: ServerResponse } | undefined;
  /** Called once, when the next answer has left. */
  readonly onAnswered: (() => void)[];
}

export interface Connections {
  /** The open connections. */
  readonly all: ReadonlyMap<Duplex, Connection>;
  /**
   * Whether the connection can end with the answer to a request, and nothing is lost: the request has
   * arrived whole, and no other one is under way. (A socket that is closed with bytes unread is
   * reset, and an answer that is on its way is lost with it.)
   */
  canEndWith(request: IncomingMessage): boolean;
  /**
   * Goes on when the requests that came earlier on a connection are answered. What follows them in one
   * stream must not overtake their answers, which the client would take for its own.
   */
  afterEarlierAnswers(socket: Duplex, next: () => void): void;
}

export function trackConnections({ server }: FastifyInstance): Connections {
  const all = new Map<Duplex, Connection>();

  server.on('connection', (socket) => {
    all.set(socket, { underWay: 0, last: undefined, onAnswered: [] });
    socket.once('close', () => all.delete(socket));
  });

  server.on('request', (request, answer) => {
    const connection = all.get(request.socket);
    if (!connection) return; // it was cut off in the same turn
    connection.underWay += 1;
    connection.last = { request, answer };
    // If it is cut off before that, its connection is as well. An idle connection holds no request.
    answer.on('finish', () => {
      connection.underWay -= 1;
      if (connection.last?.answer === answer) connection.last = undefined;
      for (const next of connection.onAnswered.splice(0)) next();
    });
  });

  function afterEarlierAnswers(socket: Duplex, next: () => void): void {
    const connection = all.get(socket);
    // A request that is still arriving is the one that `next` answers.
    const own = connection?.last?.request.complete === false ? 1 : 0;
    if (!connection || connection.underWay <= own) next();
    else connection.onAnswered.push(() => setImmediate(afterEarlierAnswers, socket, next));
  }

  return {
    all,
    canEndWith: (request) => request.complete && all.get(request.socket)?.underWay === 1,
    afterEarlierAnswers,
  };
}

/**
 * Ends a connection in two steps: we say that nothing more comes, and read on until the client has closed its end. A
 * socket that is closed with unread bytes, such as the rest of a body, is reset, and the answer on its way is lost
 * with it. A client that does not close its end is cut off, because it could keep the connection forever.
 *
 * @param lastBytes sent before the end
 */
export function endSoftly(socket: Duplex, lingerMs: number, lastBytes?: string): void {
  socket.end(lastBytes);
  const limit = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(limit));
}
