import { AppError } from '../../../errors/index.ts';
import { finishSignIn } from '../../sign-in/login/index.ts';
import {
  type SessionDeps,
  type SessionOrigin,
  stepUpRequired,
  type TokenPair,
} from '../../sign-in/sessions/index.ts';
import { type Administrator, withUser } from './with-user.ts';

/**
 * Begins a session in the name of a user whom the administrator may manage, and records it with the
 * reason. It ends with the session of the administrator in which it is begun. The rules of what such a
 * session may do are the guard's (`isOpenToImpersonation`).
 *
 * @throws AppError `permission_denied`, `insufficient_user_authentication`, UserAdminError `no_such_user`
 */
export async function impersonate(
  deps: SessionDeps,
  userId: number,
  reason: string,
  administrator: Administrator & { kind: 'user' },
  origin: SessionOrigin,
): Promise<TokenPair> {
  if (administrator.id === userId) {
    throw new AppError('permission_denied', { detail: 'You act in your own name already.' });
  }
  const { sessionId: administratorSessionId } = administrator;
  // Unreachable over HTTP: the guard asks for recent authentication, which takes a session.
  if (administratorSessionId === undefined) throw stepUpRequired(deps.settings, { factorLevel: 1 });
  const kind = 'impersonation' as const;
  const proof = { kind, userId, administrator, administratorSessionId, reason };
  const outcome = await finishSignIn(deps, proof, origin, (start) =>
    withUser(deps, userId, administrator, async (trx, user) => {
      const session = user.isActive === 1 ? await start(trx) : undefined;
      const { sessionId, startedAtMs: nowMs } = session ?? {};
      const notice = { kind: 'impersonation_started', user, sessionId, device: null } as const;
      if (nowMs !== undefined) await deps.notices.write(trx, { ...notice, nowMs });
      return session;
    }),
  );
  if (outcome.kind === 'signed_in') return outcome.tokens;
  throw new AppError('permission_denied', { detail: 'This user is deactivated.' });
}
