import { createNetworks } from '../../../lib/ip-address.ts';
import type { Language, Say } from './texts/texts.ts';

/** Where and when a session is used, in words. */

const isOfThisMachine = createNetworks(['loopback']);
const isLocal = createNetworks(['uniquelocal', 'linklocal']);

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/**
 * How long ago something was: `5 minutes ago`, `yesterday`. The server does not know the time zone of the
 * reader, so it names no hour.
 */
export function timeAgo(language: Language, atMs: number, nowMs: number): string {
  const agoMs = Math.max(0, nowMs - atMs);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, ms] of units) {
    if (agoMs >= ms) return format.format(-Math.floor(agoMs / ms), unit);
  }
  return format.format(0, 'second');
}

/** A day: `3 December 2026`. */
export function dateWords(language: Language, atMs: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(atMs);
}

/** Where a session was begun, as far as its IP address tells. */
export function placeWords(say: Say, ip: string | null): string {
  if (ip === null) return say('sessions.place_unknown');
  if (isOfThisMachine(ip)) return say('sessions.place_this_machine');
  if (isLocal(ip)) return say('sessions.place_local', { ip });
  return say('sessions.place', { ip });
}
