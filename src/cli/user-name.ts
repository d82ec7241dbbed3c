import type { UserName } from '../features/administration/user-admin/index.ts';
import { UsageError } from '../terminal/command-error.ts';

/** @throws UsageError if it is neither an id nor an email */
export function userName(text: string): UserName {
  const name = text.trim();
  if (/^\d{1,15}$/.test(name)) return { id: Number(name) };
  if (name.includes('@')) return { email: name };
  throw new UsageError(`"${text}" is neither an id nor an email. See: latchkey users list`);
}
