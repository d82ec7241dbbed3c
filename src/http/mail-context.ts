import type { FastifyRequest } from 'fastify';
import { acceptedLanguages } from './negotiation.ts';
import { type PublicUrlConfig, publicUrlOf } from './public-url.ts';

/** What a mail that a request causes is written with. */
export interface MailContext {
  /** The languages that the request asks for, the best first. */
  readonly languages: readonly string[];
  /** What links begin with. */
  readonly publicUrl: string;
}

export function mailContextOf(request: FastifyRequest, config: PublicUrlConfig): MailContext {
  return {
    languages: acceptedLanguages(request.headers),
    publicUrl: publicUrlOf(request.server, config),
  };
}
