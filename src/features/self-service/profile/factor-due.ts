import type { Deps } from '../../../deps.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { readRequirement } from '../../sign-in/factors/index.ts';
import type { FactorPolicy } from '../../sign-in/sessions/index.ts';

/**
 * Until when a user has to add a factor, as an ISO date; undefined: they need not, or have one. Nothing is looked up where
 * there is no policy, or what the user has is enough for any.
 */
export function findFactorDue(
  deps: Pick<Deps, 'database' | 'settings'> & { readonly factorPolicy: FactorPolicy },
  { id, factorLevel }: { readonly id: number; readonly factorLevel: AuthLevel },
): Promise<string | undefined> | undefined {
  const highest = deps.factorPolicy.highestLevel();
  if (highest instanceof Promise) {
    return highest.then((level) => (level > factorLevel ? lookUp(deps, id) : undefined));
  }
  return highest > factorLevel ? lookUp(deps, id) : undefined;
}

async function lookUp(
  deps: Pick<Deps, 'database' | 'settings'>,
  userId: number,
): Promise<string | undefined> {
  const { requiredLevel, factorLevel, dueAtMs } = await readRequirement(deps, userId);
  if (dueAtMs === null || factorLevel >= requiredLevel) return undefined;
  return new Date(dueAtMs).toISOString();
}
