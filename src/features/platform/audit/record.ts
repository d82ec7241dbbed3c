import type { Db } from '../../../db/database.ts';
import type { Actor } from './actor.ts';
import { insertEvents, type NewEventRow } from './audit.queries.ts';
import type { AuditDetails, AuditKind } from './kinds.ts';

interface EventBase {
  readonly actor: Actor;
  readonly atMs: number;
  /** Whom it is about; absent where it is about no user. */
  readonly userId?: number | undefined;
  /** Which session it is about; absent: the one that the actor acts in. */
  readonly sessionId?: number | undefined;
}

/** Something that happened. `details` are those of its kind, and absent if it has none. */
export type AuditEvent = {
  [Name in AuditKind]: EventBase & { readonly kind: Name } & (keyof AuditDetails<Name> extends never
      ? { readonly details?: undefined }
      : { readonly details: AuditDetails<Name> });
}[AuditKind];

/** Longer texts are cut, longer lists too: an event is small, whatever it is told. */
const maxTextLength = 500;
export const maxListLength = 50;

/**
 * Records events, in the transaction of what they are about: neither is there without the other. It
 * never refuses what it is told. Costs one insert; sealing follows in the background.
 */
export async function record(trx: Db, ...events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) await insertEvents(trx, events.map(rowOf));
}

/** An event as its row. */
export function rowOf({ kind, actor, atMs, userId, sessionId, details }: AuditEvent): NewEventRow {
  const isUser = actor.kind === 'user';
  const onBehalfOf = isUser && actor.onBehalfOf !== undefined && { on_behalf_of: actor.onBehalfOf };
  return {
    atMs: atMs,
    kind,
    actorKind: actor.kind,
    actorId: isUser ? actor.id : null,
    actorName: actor.kind === 'cli' ? cut(actor.name) : null,
    userId: userId ?? null,
    sessionId: sessionId ?? (isUser ? actor.sessionId : undefined) ?? null,
    ip: ('ip' in actor ? actor.ip : undefined) ?? null,
    details: JSON.stringify({ ...bounded(details ?? {}), ...onBehalfOf }),
  };
}

function bounded(details: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.slice(0, maxListLength).map(cut) : cut(value),
    ]),
  );
}

/** A text that both engines take, and not too long a one. */
function cut<T>(value: T): T | string {
  if (typeof value !== 'string') return value;
  const text = value.replaceAll('\0', '').toWellFormed();
  return text.length <= maxTextLength
    ? text
    : `${text.slice(0, maxTextLength - 1).toWellFormed()}…`;
}
