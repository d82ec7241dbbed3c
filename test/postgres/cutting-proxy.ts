import { createServer, connect as open, type Socket } from 'node:net';

/** Stands between a server and its database, and can cut a connection at the worst moment. */
export interface CuttingProxy extends AsyncDisposable {
  /** The database, as it is reached through the proxy. */
  readonly url: string;
  /**
   * The next answer to a statement that has this text in it does not arrive: the connection is cut
   * when the database has given it, and so has committed.
   */
  cutAnswerTo(text: string): void;
  /** The next statement that has this text in it does not arrive: its connection is cut before. */
  cutBefore(text: string): void;
  /** How many connections were cut. */
  cuts(): number;
}

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let after: string | undefined;
  let before: string | undefined;
  let cuts = 0;
  const server = createServer((client) => {
    const database = open(Number(target.port), target.hostname);
    let isDoomed = false;
    const cut = () => {
      cuts += 1;
      client.destroy();
      database.destroy();
    };
    client.on('data', (bytes) => {
      if (before !== undefined && bytes.includes(before)) {
        before = undefined;
        cut();
        return;
      }
      if (after !== undefined && bytes.includes(after)) {
        after = undefined;
        isDoomed = true;
      }
      database.write(bytes);
    });
    database.on('data', (bytes) => {
      if (isDoomed) cut();
      else client.write(bytes);
    });
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
    cutAnswerTo(text) {
      after = text;
    },
    cutBefore(text) {
      before = text;
    },
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
