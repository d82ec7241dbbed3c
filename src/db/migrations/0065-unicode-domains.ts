import type { Kysely } from 'kysely';
import { unicodeDomain } from '../../lib/idna.ts';
import { OperatorError } from '../../lib/operator-error.ts';
import { foldCase } from '../../lib/text.ts';
import type { Schema } from '../schema.ts';

/** As many pairs as the message names. */
const maxNamed = 20;

/**
 * One account for both spellings of a domain: an email is looked up by its domain in Unicode, and was by
 * the one that was typed (`xn--mller-kva.example`).
 *
 * @throws OperatorError where two accounts differ by that spelling alone: only the operator knows which is to stay
 */
export async function up(db: Kysely<Schema>): Promise<void> {
  const users = db.selectFrom('users').select(['id', 'email_normalized']);
  const encoded = await users.where('email_normalized', 'like', '%xn--%').orderBy('id').execute();
  const owners = new Map<string, number>();
  const collisions: string[] = [];
  for (const { id, email_normalized: before } of encoded) {
    const after = withUnicodeDomain(before);
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

function withUnicodeDomain(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, at)}@${foldCase(unicodeDomain(email.slice(at + 1)))}`;
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
