import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Gives each request a name for logs and errors: the one that a proxy sent in `X-Request-Id`, if it is harmless, or a
 * name that no other process makes. Bytes that could not be read as a request get a name too.
 */
export function createRequestIds(): (request?: IncomingMessage) => string {
  const prefix = randomBytes(5).toString('hex');
  let count = 0;
  return (request) => {
    const sent = request?.headers['x-request-id'];
    if (typeof sent === 'string' && /^[\w.-]{8,64}$/.test(sent)) return sent;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
