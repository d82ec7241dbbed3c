import { createScratchMap } from '../../../db/sqlite/scratch-map.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import type { Candidate, Refusal } from './check-record.ts';

/** Who the users of a file are here. */
export interface SeenRows {
  /** @returns the refusal of a candidate that an earlier one contradicts */
  note(candidate: Candidate): Refusal | undefined;
  /** Notes which user of ours a row is; `noUser` where its refresh tokens must not be theirs. */
  noteUser(candidate: Candidate, userId: number): void;
  /** Finds the user whom a row names by key, or in a list by user name or email. */
  findUser(key: unknown): number | undefined;
  [Symbol.dispose](): void;
}

export const noUser = 0;

/** Remembers what a file has had, in a temporary file: memory stays the same however long it is. */
export function createSeenRows(): SeenRows {
  const map = createScratchMap();
  return {
    note(candidate) {
      const { place, email, emailNormalized, username, fileId, id } = candidate;
      const keys = [
        `email ${emailNormalized}`,
        ...(username === '' ? [] : [`username ${username}`]),
        ...(id === undefined ? [] : [`id ${id}`]),
      ];
      const earlier = keys.map((key) => map.get(key)).find((found) => found !== undefined);
      if (earlier !== undefined) {
        const text = `Row ${earlier} has the same email, user name or id.`;
        return { place, email, username, fileId, reason: 'duplicate_in_file', text };
      }
      for (const key of keys) map.set(key, place);
      return undefined;
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
    [Symbol.dispose]: () => map[Symbol.dispose](),
  };
}
