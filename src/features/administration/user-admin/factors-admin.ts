import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { acrOf } from '../../../lib/auth-level.ts';
import type { Notices } from '../../identity/notices/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import {
  cancelFactorReset,
  factorsJson,
  findFactorReset,
  listFactors,
  readRequirement,
  requestFactorReset,
} from '../../sign-in/factors/index.ts';
import { findUser } from './user-admin.ts';
import { type Administrator, type ChangeDeps, withUser } from './with-user.ts';

/** What administrators see of the factors of a user, and do where they are lost. */

type FactorAdminDeps = Pick<Deps, 'database' | 'settings' | 'clock' | 'relyingParty'>;

/** The factors of a user, without secrets, and what is required of them. */
export async function readUserFactors(deps: FactorAdminDeps, userId: number) {
  const { id } = await findUser(deps, { id: userId });
  const { requiredLevel, factorLevel, dueAtMs } = await readRequirement(deps, id);
  const reset = await findFactorReset(deps.database.db, id);
  return {
    ...factorsJson(await listFactors(deps, id)),
    acr: acrOf(factorLevel),
    required_acr: acrOf(requiredLevel),
    due_at: dueAtMs === null ? null : new Date(dueAtMs).toISOString(),
    reset: reset
      ? {
          reason: reset.reason,
          requested_by: reset.requestedBy,
          requested_at: new Date(reset.requestedAtMs).toISOString(),
          due_at: new Date(reset.dueAtMs).toISOString(),
        }
      : null,
  };
}

/**
 * Resets the factors of a user whom the actor may manage, after `FACTOR_RESET_DELAY`.
 *
 * @throws AppError `no_factor`, `permission_denied`, UserAdminError `no_such_user`
 */
export async function resetUserFactors(
  deps: ChangeDeps & Pick<Deps, 'settings'> & { readonly notices: Notices },
  id: number,
  reason: string,
  actor: Administrator,
): Promise<void> {
  if (actor.kind === 'user' && actor.id === id) {
    throw new AppError('permission_denied', {
      detail: 'Another administrator resets your factors. You can remove them one by one.',
    });
  }
  await withUser(deps, id, actor, (trx, user, nowMs) =>
    requestFactorReset(trx, deps, user, { actor, reason, nowMs }),
  );
}

/**
 * The same at once, for the operator: there may be no other administrator.
 *
 * @throws AppError `no_factor`, UserAdminError `no_such_user`
 */
export async function resetUserFactorsNow(
  deps: ChangeDeps & Pick<Deps, 'settings'> & { readonly notices: Notices },
  id: number,
  reason: string,
  actor: Administrator,
): Promise<void> {
  await withUser(deps, id, actor, (trx, user, nowMs) =>
    requestFactorReset(trx, deps, user, { actor, reason, nowMs }, 0),
  );
}

/**
 * Cancels a reset that waits; the user, who may be locked out without it, is told.
 *
 * @returns whether there was one
 * @throws AppError `permission_denied`, UserAdminError `no_such_user`
 */
export function cancelUserFactorReset(
  deps: ChangeDeps & { readonly notices: Notices },
  id: number,
  actor: Administrator & Actor,
): Promise<boolean> {
  return withUser(deps, id, actor, (trx, _user, nowMs) =>
    cancelFactorReset(trx, deps, id, { actor, nowMs }),
  );
}
