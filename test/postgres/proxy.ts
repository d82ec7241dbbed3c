import { createServer, connect as open, type Socket } from 'node:net';

/** Stands between a server and its database. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The database, as it is reached through the proxy. */
  readonly url: string;
}

/** @param relay passes on what the two ends of a new connection say; where one closes, both do */
export async function startProxy(
  databaseUrl: string,
  relay: (client: Socket, database: Socket) => void,
): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = open(Number(target.port), target.hostname);
    relay(client, database);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
