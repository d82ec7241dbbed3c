import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors/index.ts';

/** RFC 3986 3.2.2 and 3.2.3, and not empty, which no `http` URI allows (RFC 9110 4.2.1). */
const wellFormed =
  /^(?:\[[0-9a-f:.]{2,45}\]|(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2}){1,255})(?::\d{0,5})?$/i;

/** Refuses requests with a Host header that is missing, repeated or malformed (RFC 9112 3.2). */
export function requireHost(app: FastifyInstance): void {
  let lastGood: string | undefined; // nearly all requests have the same
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const { host } = raw.headers;
    if (host === undefined) {
      done(raw.httpVersion === '1.1' ? refusal('is missing') : undefined);
    } else if (host !== lastGood && !wellFormed.test(host)) {
      done(refusal('is malformed'));
    } else if (isRepeated(raw.rawHeaders)) {
      done(refusal('is there more than once'));
    } else {
      lastGood = host;
      done();
    }
  });
}

/** Whether the Host header is there more than once: of several, Node keeps the first. */
function isRepeated(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count > 1;
}

function refusal(what: string): AppError {
  return new AppError('malformed_request', { detail: `The Host header ${what}.` });
}
