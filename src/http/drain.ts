import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Requests that are under way when the server closes have this long to be answered. */
const drainLimitMs = 8_000;
const lookEveryMs = 50;

/**
 * Lets the server close as soon as what is under way is answered. Connections that idle are closed,
 * those that are busy after their answer, and those that do not come to an end are cut at the limit:
 * without this one silent client would hold the server for as long as it likes.
 */
export function drainOnClose(app: FastifyInstance, limitMs = drainLimitMs): void {
  const { server } = app;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  app.addHook('preClose', async () => {
    if (!server.listening) return;
    for (const socket of sockets) announceClose(socket);
    const look = setInterval(() => server.closeIdleConnections(), lookEveryMs);
    const limit = setTimeout(() => server.closeAllConnections(), limitMs);
    server.once('close', () => {
      clearInterval(look);
      clearTimeout(limit);
    });
  });
}

/** Tells a client whose answer has not begun that the connection ends with it. */
function announceClose(socket: Socket): void {
  // Node has no public way from a connection to its answer. Without this the client learns it late.
  const answer = (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage;
  if (answer && !answer.headersSent) answer.setHeader('connection', 'close');
}
