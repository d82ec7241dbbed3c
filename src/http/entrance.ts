import type { onRequestHookHandler } from 'fastify';
import { AppError } from '../errors/index.ts';
import type { Connections } from './connections.ts';
import type { Drain } from './drain.ts';
import type { ChecksOf } from './route-checks.ts';
import type { EdgeDeps } from './types.ts';

export interface Entrance {
  readonly checksOf: ChecksOf;
  /** Answers 503 from now on. */
  close(): void;
}

/** The first check of a request: whether the server still accepts requests. Then settings and keys are updated. */
export function createEntrance(
  { sync }: Pick<EdgeDeps, 'sync'>,
  connections: Connections,
  drain: Drain,
): Entrance {
  let isClosed = false;
  const enter: onRequestHookHandler = ({ raw }, _reply, done) => {
    if (isClosed) {
      const refuse = () => {
        const headers = connections.canEndWith(raw) ? { connection: 'close' } : {};
        done(new AppError('shutting_down', { headers }));
      };
      // Not earlier: refused clients connect again, and the queue would never become empty.
      const shut = drain.shut();
      // By the next turn it is known whether the whole request has arrived.
      if (shut) shut.then(() => setImmediate(refuse));
      else setImmediate(refuse);
      return;
    }
    const synced = sync();
    if (synced instanceof Promise) synced.then(() => done(), done);
    else done();
  };
  return {
    checksOf: ({ config }) => (config?.isProbe ? {} : { onRequest: [enter] }),
    close() {
      isClosed = true;
    },
  };
}
