import { createScratchMap } from '../../../db/sqlite/scratch-map.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import type { Candidate, Refusal } from './check-record.ts';

/** The ids that the users of a file have here. */
export interface SeenRows {
  /** @returns the refusal of a candidate that an earlier one contradicts */
  note(candidate: Candidate): Refusal | undefined;
  /** Notes which user of ours a row is; `noUser` where its refresh tokens must not be theirs. */
  noteUser(candidate: Candidate, userId: number): void;
  /** Finds the user whom a row names by key, or in a list by user name or email. */
  findUser(key: unknown): number | undefined;
  /** Notes a refresh token that can still be used in the previous system. */
  noteToken(tokenHash: string): void;
  hasToken(tokenHash: string): boolean;
  [Symbol.dispose](): void;
}

export const noUser = 0;

/** Remembers what a file has had, in a temporary file: memory stays the same however long it is. */
export function createSeenRows(): SeenRows {
  const map = createScratchMap<number>();
  return {
    note(candidate) {
      const { place, email, emailNormalized, username, fileId, id } = candidate;
      const keys = [
        `email ${emailNormalized}`,
        ...(username === '' ? [] : [`username ${username}`]),
        ...(id === undefined ? [] : [`id ${id}`]),
      ];
      const taken = keys.find((key) => !map.add(key, place));
      if (taken === undefined) return undefined;
      // A row that has only the rest in common with a refused row is not refused for it.
      for (const key of keys.slice(0, keys.indexOf(taken))) map.delete(key);
      const text = `Row ${map.get(taken)} has the same email, user name or id.`;
      return { place, email, username, fileId, reason: 'duplicate_in_file', text };
    },
    noteUser({ fileId, emailNormalized, username }, userId) {
      map.set(`key ${fileId}`, userId);
      map.set(`natural email ${emailNormalized}`, userId);
      if (username !== '') map.set(`natural username ${username}`, userId);
    },
    findUser(key) {
      if (!Array.isArray(key)) return map.get(`key ${key}`);
      const name = String(key[0]);
      const byName = map.get(`natural username ${name}`);
      const byEmail = map.get(`natural email ${normalizeEmail(name)}`);
      // A user name may be the email of somebody else.
      return byName !== undefined && byEmail !== undefined && byName !== byEmail
        ? undefined
        : (byName ?? byEmail);
    },
    noteToken: (tokenHash) => map.set(`token ${tokenHash}`, 1),
    hasToken: (tokenHash) => map.get(`token ${tokenHash}`) !== undefined,
    [Symbol.dispose]: () => map[Symbol.dispose](),
  };
}
