import type { IncomingHttpHeaders } from 'node:http';
import { acceptedLanguages } from '../../../http/negotiation.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { languageTag } from '../../../lib/languages.ts';
import { type Actor, anonymousActor } from '../../platform/audit/index.ts';

/** The sender of a registration, and the network. */
export interface Applicant {
  readonly actor: Actor;
  /** As `countedNetwork` has it. */
  readonly network: string;
  /** The languages that they ask for, the best first. */
  readonly languages: readonly string[];
}

/** What is known of the language that somebody reads who registers, in canonical form; null: nothing. */
export function localeOf({ languages }: Applicant): string | null {
  return languageTag(languages[0] ?? '') ?? null;
}

/** The sender of a request to register. */
export function applicantOf(request: { ip: string; headers: IncomingHttpHeaders }): Applicant {
  return {
    actor: anonymousActor(request),
    network: countedNetwork(request.ip),
    languages: acceptedLanguages(request.headers),
  };
}
