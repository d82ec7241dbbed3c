import type { Deps } from '../../../deps.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { readRequirement } from '../../sign-in/factors/index.ts';
import type { FactorPolicy } from '../../sign-in/sessions/index.ts';

/**
 * Until when a user has to add a factor, as an ISO date; undefined: they need not, or have one that works here. Nothing is
 * looked up where there is no policy, or what the user has is enough for any and nobody has a passkey of another domain.
 */
export function findFactorDue(
  deps: DueDeps,
  { id: userId, factorLevel }: { readonly id: number; readonly factorLevel: AuthLevel },
): Promise<string | undefined> | undefined {
  const user = { userId, factorLevel };
  const highest = deps.factorPolicy.highestLevel();
  if (highest instanceof Promise) return highest.then((level) => dueBelow(deps, user, level));
  return dueBelow(deps, user, highest);
}

type DueDeps = Pick<Deps, 'database' | 'settings'> & { readonly factorPolicy: FactorPolicy };

function dueBelow(
  deps: DueDeps,
  user: { readonly userId: number; readonly factorLevel: AuthLevel },
  highest: AuthLevel,
): Promise<string | undefined> | undefined {
  if (highest === 1) return undefined;
  const usable = deps.factorPolicy.usableLevel(user);
  if (usable instanceof Promise) {
    return usable.then((level) => (level < highest ? lookUp(deps, user.userId, level) : undefined));
  }
  return usable < highest ? lookUp(deps, user.userId, usable) : undefined;
}

async function lookUp(
  deps: Pick<Deps, 'database' | 'settings'>,
  userId: number,
  usableLevel: AuthLevel,
): Promise<string | undefined> {
  const { requiredLevel, dueAtMs } = await readRequirement(deps, userId);
  if (dueAtMs === null || usableLevel >= requiredLevel) return undefined;
  return new Date(dueAtMs).toISOString();
}
