import type { Database, Db } from '../../../../db/database.ts';
import { AppError } from '../../../../errors/index.ts';
import type { AuthLevel } from '../../../../lib/auth-level.ts';
import type { Settings } from '../../../../settings/settings.ts';
import { findObliged } from './policy.queries.ts';

/** What the policy asks of a user. */
export interface Requirement {
  readonly requiredLevel: AuthLevel;
  /** What their factors are good for. */
  readonly factorLevel: AuthLevel;
  /** When they have to have such a factor; null: they have not been seen since they are obliged, or they are not. */
  readonly dueAtMs: number | null;
}

interface PolicyDeps {
  readonly database: Database;
  readonly settings: Settings;
}

/** What `SECOND_FACTOR_POLICY` asks of everybody; undefined: it lets nobody be asked for anything. */
export function levelForAll(settings: Settings): AuthLevel | undefined {
  switch (settings.get('SECOND_FACTOR_POLICY')) {
    case 'off':
      return undefined;
    case 'optional':
      return 1;
    case 'required':
      return 2;
  }
}

/** What the policy asks of a user: the setting, and each of their roles. */
export async function readRequirement(
  { database, settings }: PolicyDeps,
  userId: number,
  db: Db = database.db,
): Promise<Requirement> {
  return requirementOf(settings, await findObliged(db, userId));
}

/** @param user as the policy knows them; undefined: there is none */
export function requirementOf(
  settings: Settings,
  user: Awaited<ReturnType<typeof findObliged>>,
): Requirement {
  const ofAll = levelForAll(settings);
  const requiredLevel = ofAll === undefined ? 1 : higherOf(ofAll, user?.roleLevel ?? 1);
  const factorLevel = user?.factorLevel ?? 1;
  return {
    requiredLevel,
    factorLevel,
    dueAtMs: requiredLevel > 1 ? (user?.dueAtMs ?? null) : null,
  };
}

export const higherOf = (one: AuthLevel, other: AuthLevel): AuthLevel =>
  one > other ? one : other;

/** How strongly a user has to be able to sign in, whether or not their time for it is over. */
export async function requiredLevel(deps: PolicyDeps, userId: number, db?: Db): Promise<AuthLevel> {
  return (await readRequirement(deps, userId, db)).requiredLevel;
}

/**
 * Users add factors unless the policy is `off`.
 *
 * @throws AppError `second_factors_off`
 */
export function requireFactorsOn({ settings }: { readonly settings: Settings }): void {
  if (levelForAll(settings) === undefined) throw new AppError('second_factors_off');
}
