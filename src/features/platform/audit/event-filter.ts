import { AppError } from '../../../errors/index.ts';
import { plainIp } from '../../../lib/ip-address.ts';
import { auditKindNames } from './kinds.ts';
import type { EventFilter } from './list-events.ts';

/** Which events are asked for, as a query or a command line has it. */
interface GivenFilter {
  readonly kind?: string | undefined;
  readonly user_id?: number | undefined;
  readonly actor_id?: number | undefined;
  readonly ip?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** @throws AppError `invalid_fields` */
export function readEventFilter(given: GivenFilter): EventFilter {
  const { kind, ip } = given;
  const bad = (name: string, message: string) =>
    new AppError('invalid_fields', { members: { [name]: [message] } });
  if (kind !== undefined && !auditKindNames.some((known) => known === kind)) {
    throw bad('kind', 'There is no such kind of event.');
  }
  const plain = ip === undefined ? undefined : plainIp(ip);
  if (ip !== undefined && plain === undefined) throw bad('ip', 'Enter an IP.');
  const moment = (name: 'since' | 'until') => {
    const text = given[name];
    if (text === undefined) return undefined;
    const ms = readMoment(text);
    if (ms === undefined) throw bad(name, 'Enter a date and time, such as 2026-03-01T08:00:00Z.');
    return ms;
  };
  return {
    ...{ kind, userId: given.user_id, actorId: given.actor_id, ip: plain },
    ...{ sinceMs: moment('since'), untilMs: moment('until') },
  };
}

/** A date, or a date and a time (RFC 3339; without a zone it is UTC). */
const form = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/**
 * A time that somebody typed.
 *
 * @returns milliseconds since 1970; undefined if it is not a time
 */
function readMoment(text: string): number | undefined {
  if (!form.test(text)) return undefined;
  const isZoned = text.length === 10 || /(Z|[+-]\d\d:\d\d)$/i.test(text);
  const ms = Date.parse(isZoned ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
