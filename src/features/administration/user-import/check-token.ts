import { hashImportedToken } from '../../sign-in/sessions/index.ts';
import type { DjangoObject } from './read-records.ts';
import { isBlank, readBoolean, readMoment } from './read-values.ts';

/** A refresh token as a dump has it. */
export interface TokenCandidate {
  readonly place: number;
  readonly tokenHash: string;
  /** The key of its user; in a list the user's name or email, as `--natural-foreign` writes it. */
  readonly user: unknown;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Fields that say that a token cannot be used any more: a boolean, or when it ended. */
const endMarks =
  /^(is_)?(revoked|blacklisted|used|expired|deleted)$|^(revoked|blacklisted|used|deleted)_(at|on)$/;

/**
 * Reads a refresh token by the names and values of its fields: `user` or `user_id`; a UUID, in a field or as the key;
 * and a time in a field that begins with `expir`.
 *
 * @returns what is wrong with it, in words that repeat nothing of it; undefined if it has expired, or was revoked
 */
export function checkToken(
  { place, pk, fields }: DjangoObject,
  nowMs: number,
): TokenCandidate | string | undefined {
  const entries = Object.entries(fields);
  const user = fields.user ?? fields.user_id;
  if (isBlank(user)) return 'It names no user.';
  const tokenHash = hashOf(pk, entries);
  if (tokenHash === undefined) return 'It has no UUID.';
  const [, expiry] = entries.find(([name]) => name.startsWith('expir')) ?? [];
  const expiresAtMs = isBlank(expiry) ? undefined : readMoment(expiry);
  if (expiresAtMs === undefined) return 'It does not say when it expires.';
  const isMarked = entries.some(
    ([name, value]) => endMarks.test(name) && readBoolean(value, false) !== false,
  );
  if (expiresAtMs <= nowMs || isMarked) return undefined;
  const created = fields.created_at ?? fields.created;
  const createdAtMs = isBlank(created) ? nowMs : (readMoment(created) ?? nowMs);
  return { place, tokenHash, user, createdAtMs: Math.min(createdAtMs, nowMs), expiresAtMs };
}

/** Of several UUIDs that of a field with `token` in its name; the key only if no field has one. */
function hashOf(pk: unknown, entries: readonly (readonly [string, unknown])[]): string | undefined {
  const hash = (value: unknown) =>
    typeof value === 'string' ? hashImportedToken(value) : undefined;
  const own = entries.filter(([name]) => !name.startsWith('user'));
  const sorted = own.toSorted(
    ([a], [b]) => Number(b.includes('token')) - Number(a.includes('token')),
  );
  return sorted.map(([, value]) => hash(value)).find((found) => found !== undefined) ?? hash(pk);
}
