import type { UserName } from '../features/administration/user-admin/index.ts';
import { UsageError } from '../terminal/command-error.ts';
import { printable } from '../terminal/output.ts';

/** What a command says of its argument that names a user. */
export const userArgument = 'the id or the email (letter case does not matter)';

/** @throws UsageError if it is neither an id nor an email */
export function userName(text: string): UserName {
  const name = text.trim();
  if (/^\d{1,15}$/.test(name)) return { id: Number(name) };
  if (name.includes('@')) return { email: name };
  throw new UsageError(`"${text}" is neither an id nor an email. See: latchkey users list`);
}

/** What a command calls a user in its messages. */
export function called({ id, email }: { readonly id: number; readonly email: string }): string {
  return `user ${id} (${printable(email)})`;
}
