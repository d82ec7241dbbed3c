import type { Candidate, Refusal, RefusalReason, RowName } from './check-record.ts';
import type { KnownUser, Reset } from './user-import.queries.ts';

/** A row that made no new user: refused, or there already, or set to what the file says. */
export type LeftRow =
  | (Refusal & { readonly outcome: 'refused' })
  | (RowName & {
      readonly outcome: 'already_present' | 'reset';
      /** Of the user who has the email. */
      readonly id: number;
      /** Whether an import made the account; else somebody registered it, or an administrator made it. */
      readonly isImported: boolean;
      /** Whether nobody has signed in to it here, nor changed anything of it. */
      readonly isUnused: boolean;
      /** What the file says otherwise, and what was not changed. */
      readonly differences: readonly Difference[];
    });

/** How an account that was left alone is in the file. */
export type Difference = 'active' | 'deactivated' | 'a superuser' | 'not a superuser';

export interface Split {
  readonly added: readonly Candidate[];
  readonly resets: readonly Reset[];
  readonly left: readonly LeftRow[];
}

export interface Splitting {
  /** Whether an id of the file may be used. */
  readonly mayUse: (id: number) => boolean;
  readonly resetsUnused: boolean;
}

/**
 * Whether nobody has signed in to an account here. The last sign-in of an imported account may come from the
 * file: it is then earlier than the import. A sign-in within the millisecond of the import counts as one here,
 * so that an account in use is never reset.
 */
function isUnused(user: KnownUser): boolean {
  const { importedAtMs, lastSignInAtMs: signedInAtMs } = user;
  if (importedAtMs === null) return signedInAtMs === null;
  return user.updatedAtMs <= importedAtMs && (signedInAtMs ?? 0) < importedAtMs;
}

/**
 * How the file has an account otherwise. Of the password nobody can tell: a hash that was imported is replaced at the
 * first sign-in here.
 */
function differencesOf({ candidate, known }: Reset): Difference[] {
  const { said, isActive, isSuperuser } = candidate;
  const differences: Difference[] = [];
  if (said.includes('isActive') && isActive !== (known.isActive === 1)) {
    differences.push(isActive ? 'active' : 'deactivated');
  }
  if (said.includes('isSuperuser') && isSuperuser !== (known.isSuperuser === 1)) {
    differences.push(isSuperuser ? 'a superuser' : 'not a superuser');
  }
  return differences;
}

/** A row whose account is there already. */
export function presentRow(outcome: 'already_present' | 'reset', row: Reset): LeftRow {
  const {
    candidate: { place, email, username, fileId },
    known,
  } = row;
  return {
    ...{ outcome, place, email, username, fileId, id: known.id },
    isImported: known.importedAtMs !== null,
    isUnused: isUnused(known),
    differences: outcome === 'reset' ? [] : differencesOf(row),
  };
}

/** Divides candidates into those that can be added and those that cannot, by the existing users. */
export function splitKnown(
  candidates: readonly Candidate[],
  known: readonly KnownUser[],
  options: Splitting,
): Split {
  const byEmail = new Map(known.map((user) => [user.emailNormalized, user]));
  const byName = new Map(known.map((user) => [user.username, user]));
  const byId = new Map(known.map((user) => [user.id, user]));
  const added: Candidate[] = [];
  const resets: Reset[] = [];
  const left: LeftRow[] = [];
  for (const candidate of candidates) {
    const { place, email, emailNormalized, username, fileId, id } = candidate;
    const refuse = (reason: RefusalReason, text: string) =>
      left.push({ outcome: 'refused', place, email, username, fileId, reason, text });
    const withId = id === undefined ? undefined : byId.get(id);
    const renamed = withId?.importedAtMs == null ? undefined : withId;
    const mayReset = (user: KnownUser) => options.resetsUnused && isUnused(user);
    const withEmail = byEmail.get(emailNormalized);
    const same = withEmail ?? (renamed && mayReset(renamed) ? renamed : undefined);
    const namesake = username === '' ? undefined : byName.get(username);
    if (same && id !== undefined && id !== same.id) {
      refuse('email_taken', `User ${same.id} has the email.`);
    } else if (!same && renamed) {
      const why = isUnused(renamed) ? 'See --reset-unused.' : 'The account is in use, and stays.';
      refuse('email_changed', `The email of user ${renamed.id} has changed in the file. ${why}`);
    } else if (same && !mayReset(same)) {
      left.push(presentRow('already_present', { candidate, known: same }));
    } else if (namesake && namesake.id !== same?.id) {
      refuse('username_taken', `User ${namesake.id} has the user name.`);
    } else if (same) {
      resets.push({ candidate, known: same });
    } else if (id !== undefined && byId.has(id)) {
      refuse('id_taken', `Another user has the id ${id}.`);
    } else if (id !== undefined && !options.mayUse(id)) {
      refuse('id_used_before', `The id ${id} was given out here, or may have been.`);
    } else {
      added.push(candidate);
    }
  }
  return { added, resets, left };
}
