import { Transform } from 'node:stream';
import type { preParsingHookHandler } from 'fastify';
import { AppError } from '../errors/index.ts';
import { countedNetwork } from '../lib/ip-address.ts';
import type { ChecksOf } from './route-checks.ts';

/** A body up to this size is always accepted: those of people's clients are. */
const freeBytes = 16 * 1024;
/** The most that larger bodies may occupy together while they arrive, and those of one network. */
const budgetBytes = 64 * 1024 * 1024;
const networkBytes = 16 * 1024 * 1024;

/**
 * Bounds the memory of bodies on their way. Each may be held back until its request times out, so many connections
 * would occupy many times the limit of one. A body uses the budget by the bytes that have arrived, whatever length
 * was announced. If nothing is left, it is refused.
 */
export function createBodyBudget(): ChecksOf {
  let heldBytes = 0;
  const heldByNetwork = new Map<string, number>();

  function hold(network: string, bytes: number): void {
    heldBytes += bytes;
    const held = (heldByNetwork.get(network) ?? 0) + bytes;
    if (held > 0) heldByNetwork.set(network, held);
    else heldByNetwork.delete(network);
  }

  const isSpent = (network: string) =>
    heldBytes > budgetBytes || (heldByNetwork.get(network) ?? 0) > networkBytes;

  const bound: preParsingHookHandler = (request, reply, payload, done) => {
    const { headers } = request.raw;
    const isChunked = headers['transfer-encoding'] !== undefined;
    if (!isChunked && Number(headers['content-length'] ?? 0) <= freeBytes) return done();
    const network = countedNetwork(request.ip);
    let arrived = 0;
    let held = 0;
    reply.raw.once('close', () => hold(network, -held));
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        arrived += chunk.length;
        const more = arrived <= freeBytes ? 0 : arrived - held;
        held += more;
        hold(network, more);
        if (more === 0 || !isSpent(network)) return next(null, chunk);
        const answer = { 'retry-after': '1', connection: 'close' };
        next(new AppError('overloaded', { headers: answer }));
      },
    });
    payload.once('error', (error) => counted.destroy(error));
    done(null, payload.pipe(counted));
  };
  return () => ({ preParsing: [bound] });
}
