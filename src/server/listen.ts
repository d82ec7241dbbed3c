import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import type { Logger } from 'pino';
import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import { publicUrlOf } from '../http/public-url.ts';
import { CommandError } from '../terminal/command-error.ts';

type Listener = App['http'];

interface Listening {
  readonly host: string;
  readonly port: number;
  /** Whether other processes of ours listen there too. */
  readonly isShared?: boolean;
}

/** Where the system spreads connections over all processes that listen on a port. */
const canShare = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform);

/**
 * How many connections may wait to be accepted, as far as the system allows it (`net.core.somaxconn` of Linux, 4,096).
 * With the 511 of Node, clients that all connect at once, as after a restart, wait a second or are reset.
 */
export const connectionBacklog = 4_096;

/** @returns where it listens, without a slash at its end */
async function bind(server: Listener, { host, port, isShared }: Listening): Promise<string> {
  // One ip: of several, as "localhost" can have, Fastify waits for the first alone at the end.
  const { address } = await lookup(host);
  // On other systems node:cluster hands connections over. That is good enough for a developer's machine: if a worker
  // is killed, the connections on their way to it hang.
  const shared = isShared && canShare ? { reusePort: true } : {};
  await server.listen({ host: address, port, backlog: connectionBacklog, ...shared });
  return publicUrlOf(server, {}).slice(0, -1);
}

/**
 * Makes sure that nobody listens on a port. Processes that share the port would not notice.
 *
 * @returns the port: a free one if any will do
 * @throws CommandError if it is taken
 */
export async function claimPort({ host, port }: Config): Promise<number> {
  const { address } = await lookup(host);
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen({ host: address, port, exclusive: true }, resolve);
    });
    const at = probe.address();
    return typeof at === 'object' && at ? at.port : port;
  } catch (error) {
    throw isPortTaken(error) ? portTaken(port, '--port') : error;
  } finally {
    probe.close();
  }
}

function portTaken(port: number, flag: string): CommandError {
  return new CommandError(
    `Port ${port} is in use. Stop what uses it, or choose another: ${flag} ${port + 1}`,
  );
}

/**
 * @returns where it listens, without a slash at its end
 * @throws CommandError if the port is taken
 */
export async function listen(
  server: Listener,
  where: Listening,
  flag: '--port' | '--metrics-port',
): Promise<string> {
  try {
    return await bind(server, where);
  } catch (error) {
    throw isPortTaken(error) ? portTaken(where.port, flag) : error;
  }
}

/** Gives undefined if there is no such listener: not wanted, or its default port is taken. */
export async function listenForOperations(
  server: Listener,
  { metrics }: Config,
  log: Logger,
): Promise<string | undefined> {
  if (!metrics) return undefined;
  if (metrics.isPortGiven) return listen(server, metrics, '--metrics-port');
  try {
    return await bind(server, metrics);
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    log.warn(
      { port: metrics.port },
      'metrics are not served: their default port is in use; choose one with --metrics-port',
    );
    return undefined;
  }
}

function isPortTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}
