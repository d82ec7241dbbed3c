import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors/index.ts';
import { bodyLimitBytes } from './parse-body.ts';

/** A body up to this size is always taken: those of people's clients are. */
const freeBytes = 16 * 1024;
/** What larger ones may hold together while they arrive. */
const budgetBytes = 64 * 1024 * 1024;

/**
 * Bounds the memory of bodies on their way: each may be held back for as long as a request may take, and
 * so many connections would hold as many times the limit of one. Past the budget large ones are refused,
 * and one whose length is not told is large.
 */
export function boundBodies(app: FastifyInstance): void {
  let heldBytes = 0;
  app.addHook('onRequest', ({ raw }, reply, done) => {
    const isChunked = raw.headers['transfer-encoding'] !== undefined;
    const told = isChunked ? bodyLimitBytes : Number(raw.headers['content-length'] ?? 0);
    const bytes = Math.min(told, bodyLimitBytes);
    if (bytes <= freeBytes) return done();
    if (heldBytes + bytes > budgetBytes) {
      const headers = { 'retry-after': '1', connection: 'close' };
      return done(new AppError('overloaded', { headers }));
    }
    heldBytes += bytes;
    reply.raw.once('close', () => {
      heldBytes -= bytes;
    });
    done();
  });
}
