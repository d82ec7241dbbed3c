import type { Tokens } from './transport.ts';

/**
 * What stands in the storage: a session or why there is none, and what the next request needs. It is
 * replaced as a whole.
 */
export interface SessionRecord {
  /** Greater than that of any earlier one; 0 if nothing was stored. */
  readonly version: number;
  readonly access?: string;
  readonly refresh?: string | undefined;
  /** When the access token came, on the clock of this device. */
  readonly receivedAtMs?: number;
  /**
   * The key of a refresh that was begun. It is written before the refresh is sent: after a lost answer, or in a
   * reloaded tab, the same key gets the same tokens again.
   */
  readonly key?: string;
  /** Why the last session ended. */
  readonly endCause?: string;
  /** A token of the last session, which is good for nothing but to show that the device is known. */
  readonly proof?: string | undefined;
  /** The user has signed out, and the server has not confirmed it. */
  readonly isUnconfirmed?: true;
  /** The tokens of remembered devices, by email in lower case. They outlive sessions. */
  readonly devices?: Readonly<Record<string, string | undefined>> | undefined;
  /** The emails, in lower case, of the last sign-ins that were asked for more, by flow: until a session ends. */
  readonly emails?: Readonly<Record<string, string | undefined>> | undefined;
}

const empty: SessionRecord = { version: 0 };

/** What cannot be read counts as nothing: it is not from us. */
export function parseRecord(text: string | null, nowMs: number): SessionRecord {
  try {
    const record = JSON.parse(text ?? 'null');
    if (typeof record?.version !== 'number') return empty;
    return { ...record, version: plausible(record.version, nowMs) };
  } catch {
    return empty;
  }
}

const maxAheadMs = 86_400_000;

/** A version of the future is of a clock that was wrong: any that comes now is later. */
export function plausible(version: number, nowMs: number): number {
  return version > nowMs + maxAheadMs ? 1 : version;
}

/** A time, so that it grows even over a storage that was cleared in between. */
function after({ version }: SessionRecord, nowMs: number): number {
  return Math.max(version + 1, nowMs);
}

export function withTokens(
  record: SessionRecord,
  { access_token: access, refresh_token: refresh }: Tokens,
  receivedAtMs: number,
  nowMs: number,
): SessionRecord {
  const { devices, emails } = record;
  return { version: after(record, nowMs), access, refresh, receivedAtMs, devices, emails };
}

/** New for each refresh. `randomUUID` would need a secure context. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function withKey(record: SessionRecord, key: string, nowMs: number): SessionRecord {
  return { ...record, version: after(record, nowMs), key };
}

export function withoutSession(
  record: SessionRecord,
  endCause: string,
  nowMs: number,
): SessionRecord {
  const { devices, access, proof } = record;
  return { version: after(record, nowMs), endCause, proof: access ?? proof, devices };
}

export function withConfirmation(
  { isUnconfirmed: _, ...record }: SessionRecord,
  nowMs: number,
): SessionRecord {
  return { ...record, version: after(record, nowMs) };
}

/** More of either than a browser has users; most sign-ins that are given up are never heard of again. */
const maxNotes = 16;

/** The newest is the first, also if it was noted before. @param value undefined: it is noted no longer */
export function withNote(
  record: SessionRecord,
  of: 'devices' | 'emails',
  key: string,
  value: string | undefined,
  nowMs: number,
): SessionRecord {
  const notes = Object.entries({ [key]: value, ...record[of], [key]: value }).slice(0, maxNotes);
  return { ...record, version: after(record, nowMs), [of]: Object.fromEntries(notes) };
}

/** Whether the tokens are others. */
export function hasMoved(from: SessionRecord, to: SessionRecord): boolean {
  return from.access !== to.access || from.refresh !== to.refresh;
}
