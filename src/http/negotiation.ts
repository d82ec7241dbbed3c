import type { FastifyReply, FastifyRequest } from 'fastify';
import isFresh from 'fresh';
import Negotiator from 'negotiator';
import { findLanguage } from '../lib/languages.ts';

/** What a client accepts, by the headers that it sent (RFC 9110 12 and 13). */

type Headers = FastifyRequest['headers'];

export type Coding = 'br' | 'gzip';

/** Best first, for clients that say nothing about it. */
const codings: readonly Coding[] = ['br', 'gzip'];

/** The coding for an answer (RFC 9110 12.5.3); undefined: none. */
export function pickCoding(headers: Headers): Coding | undefined {
  if (headers['accept-encoding'] === undefined) return undefined;
  const picked = new Negotiator({ headers }).encoding([...codings, 'identity'], {
    preferred: codings,
  });
  return codings.find((coding) => coding === picked);
}

/** The media type for an answer (RFC 9110 12.5.1); the first one if the client accepts none of them. */
export function pickType<Type extends string>(
  headers: Headers,
  types: readonly [Type, ...Type[]],
): Type {
  const picked = new Negotiator({ headers }).mediaType(types);
  return types.find((type) => type === picked) ?? types[0];
}

/** More than a browser sends. */
const maxLanguages = 20;

/** The languages that a client asks for (RFC 9110 12.5.4), the best first. */
export function acceptedLanguages(headers: Headers): string[] {
  const tags = new Negotiator({ headers }).languages();
  return tags.filter((tag) => tag !== '*').slice(0, maxLanguages);
}

/** The language for an answer; the first one where the client takes none of them. */
export function pickLanguage<Language extends string>(
  headers: Headers,
  languages: readonly [Language, ...Language[]],
): Language {
  return findLanguage(acceptedLanguages(headers), languages) ?? languages[0];
}

/** Whether the client has this version already (RFC 9110 13.1.2): the answer is 304. */
export function isUnchanged({ headers }: FastifyRequest, reply: FastifyReply): boolean {
  // Nothing else: `fetch` sends `Cache-Control: no-cache` along, which is for caches on the way.
  const sent = { 'if-none-match': headers['if-none-match'] };
  return isFresh(sent, { etag: String(reply.getHeader('etag') ?? '') });
}
