import { AppError } from '../../../errors/index.ts';
import type { Settings } from '../../../settings/settings.ts';
import { record } from '../../platform/audit/index.ts';
import {
  type SessionOrigin,
  type Sessions,
  startImpersonation,
  type TokenPair,
} from '../../sign-in/sessions/index.ts';
import { type Administrator, type ChangeDeps, withUser } from './with-user.ts';

/**
 * Begins a session in the name of a user whom the administrator may manage, and records it with the
 * reason. It ends with the session of the administrator in which it is begun. The rules of what such a session may do are the guard's (`isOpenToImpersonation`).
 *
 * @throws AppError `permission_denied`, `reauthentication_required`, UserAdminError `no_such_user`
 */
export async function impersonate(
  deps: ChangeDeps & { readonly settings: Settings; readonly sessions: Sessions },
  userId: number,
  reason: string,
  actor: Administrator & { kind: 'user' },
  origin: SessionOrigin,
): Promise<TokenPair> {
  if (actor.id === userId) {
    throw new AppError('permission_denied', { detail: 'You act in your own name already.' });
  }
  const { id: impersonatorId, sessionId: impersonatorSessionId } = actor;
  // Unreachable over HTTP: the guard asks for recent authentication, which takes a session.
  if (impersonatorSessionId === undefined) throw new AppError('reauthentication_required');
  const lifetimeMs = deps.settings.get('IMPERSONATION_LIFETIME') * 1000;
  const impersonation = await withUser(deps, userId, actor, async (trx, user, startedAtMs) => {
    if (user.is_active === 0) {
      throw new AppError('permission_denied', { detail: 'This user is deactivated.' });
    }
    const expiresAtMs = startedAtMs + lifetimeMs;
    const terms = {
      ...{ userId, impersonatorId, impersonatorSessionId },
      ...{ startedAtMs, expiresAtMs },
    };
    const started = await startImpersonation(trx, terms, origin);
    const details = { reason, until: new Date(expiresAtMs).toISOString() };
    await record(trx, {
      ...{ kind: 'impersonation.started', actor, atMs: startedAtMs, userId, details },
      sessionId: started.sessionId,
    });
    return started;
  });
  return deps.sessions.issueImpersonation(impersonation);
}
