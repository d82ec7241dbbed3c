import type { Role } from '../features/identity/roles/index.ts';
import { CommandError } from '../terminal/command-error.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * The role that an operator names, by id or by name.
 *
 * @param tools imported by the caller when they are needed: help must not wait for them
 * @throws CommandError if there is no such role
 */
export async function findRole(
  { database: { db } }: Workspace,
  tools: typeof import('../features/identity/roles/index.ts'),
  name: string,
): Promise<Role> {
  const isId = /^\d{1,15}$/.test(name);
  const id = isId ? Number(name) : (await tools.findRoleByName(db, name))?.id;
  try {
    if (id !== undefined) return await tools.readRole(db, id);
  } catch {} // said below
  throw new CommandError(`No role ${isId ? name : `"${name}"`}. See: latchkey roles list`);
}
