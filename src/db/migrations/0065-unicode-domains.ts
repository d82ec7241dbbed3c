import { type Kysely, sql } from 'kysely';
import { canonicalDomain } from '../../lib/idna.ts';
import { OperatorError } from '../../lib/operator-error.ts';
import type { Schema } from '../schema.ts';

/** As many pairs as the message names. */
const maxNamed = 20;

/**
 * One account for both spellings of a domain: an email is looked up by its domain in Unicode. Before, it was looked
 * up by the spelling that was typed (`xn--mller-kva.example`).
 *
 * @throws OperatorError if two accounts differ only by that spelling: only the operator knows which one to keep
 */
export async function up(db: Kysely<Schema>): Promise<void> {
  const users = db.selectFrom('users').select(['id', 'email', 'email_normalized']);
  const isInternational = sql<boolean>`(email_normalized like '%xn--%'
    or length(email_normalized) <> octet_length(email_normalized))`;
  const found = await users.where(isInternational).orderBy('id').execute();
  const owners = new Map<string, number>();
  const collisions: string[] = [];
  for (const { id, email, email_normalized: before } of found) {
    const after = `${before.slice(0, before.lastIndexOf('@'))}@${domainOf(email)}`;
    if (after === before) continue;
    const other =
      owners.get(after) ??
      (await users.where('email_normalized', '=', after).executeTakeFirst())?.id;
    owners.set(after, other ?? id);
    if (other !== undefined) collisions.push(`${other} and ${id}`);
  }
  if (collisions.length > 0) throw collisionError(collisions);
  for (const [email_normalized, id] of owners) {
    await db.updateTable('users').set({ email_normalized }).where('id', '=', id).execute();
  }
}

function domainOf(email: string): string {
  return canonicalDomain(email.slice(email.lastIndexOf('@') + 1));
}

function collisionError(collisions: readonly string[]): OperatorError {
  const named = collisions.slice(0, maxNamed).join(', ');
  const more = collisions.length > maxNamed ? `, and ${collisions.length - maxNamed} more` : '';
  return new OperatorError(
    `these users have the same email in two spellings of its domain (müller.example is ` +
      `xn--mller-kva.example): ${named}${more}. With the release before, delete one of each pair or ` +
      'change its email, and migrate again.',
  );
}
