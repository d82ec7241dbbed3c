import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy of our own that has the server below a path and takes the path off, as real ones do. */
export interface PrefixProxy extends AsyncDisposable {
  /** With the path and a slash at its end. */
  readonly url: string;
  /** Where what comes below the path goes. */
  leadTo(origin: string): void;
}

/** @param prefix with a slash at both ends */
export async function startPrefixProxy(prefix: string): Promise<PrefixProxy> {
  let target = '';
  const proxy = createServer((incoming, answer) => {
    const { method, url = '/', headers } = incoming;
    if (!url.startsWith(prefix)) {
      answer.writeHead(404).end();
      return;
    }
    const { hostname, port } = new URL(target);
    const path = url.slice(prefix.length - 1);
    // Like a proxy that nobody told to keep the Host.
    const sent = { ...headers, host: `${hostname}:${port}`, 'x-forwarded-for': '192.0.2.7' };
    const outgoing = request({ hostname, port, method, path, headers: sent }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    leadTo(origin) {
      target = origin;
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
