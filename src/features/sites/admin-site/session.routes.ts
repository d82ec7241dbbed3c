import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import type { PublicUrlConfig } from '../../../http/public-url.ts';
import { whenAnswered } from '../../../lib/answer.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { type Authority, builtInNames } from '../../identity/roles/index.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import { type LoginDeps, login, loginLimitNames } from '../../sign-in/login/index.ts';
import {
  logOut,
  refresh,
  refreshOptionsOf,
  sessionOriginOf,
  type TokenPair,
} from '../../sign-in/sessions/index.ts';
import { cookieBase, isSecureOnly, requireSameSite } from './same-site.ts';
import { readCookie, writeCookie } from './session-cookie.ts';

/**
 * The session of the admin site: an ordinary one, whose refresh token is in a cookie that no script
 * can read. The API knows nothing of the cookie; it takes the access token, as from everybody.
 */

export function adminSessionRoutes(
  app: FastifyInstance,
  deps: LoginDeps & PublicUrlConfig & { authority: Authority },
): void {
  const { limits, authority } = deps;
  const admits = (userId: number) =>
    whenAnswered(authority.findHeld(userId, builtInNames), (held) => held.size > 0);
  const common = {
    onRequest: async (request: FastifyRequest) => requireSameSite(request, deps),
    schema: { hide: true }, // between the site and its server; no client is to use it
  };

  function setCookie(request: FastifyRequest, reply: FastifyReply, token: string | undefined) {
    const scope = { basePath: cookieBase(request, deps), isSecureOnly: isSecureOnly(request) };
    reply.header('set-cookie', writeCookie(token, scope));
  }
  function answer(request: FastifyRequest, reply: FastifyReply, pair: TokenPair) {
    setCookie(request, reply, pair.refresh_token);
    return { access_token: pair.access_token };
  }

  app.route({
    ...common,
    method: 'POST',
    url: '/admin/session/',
    config: { auth: { kind: 'public' }, limits: loginLimitNames },
    handler: async (request, reply) => {
      const earlier = readCookie(request.headers.cookie);
      const pair = await login(deps, request.body as Body, {
        origin: sessionOriginOf(request),
        authorization: earlier && `Bearer ${earlier}`,
        admits,
      });
      return answer(request, reply, pair);
    },
  });

  app.route({
    ...common,
    method: 'POST',
    url: '/admin/session/refresh/',
    config: {
      auth: { kind: 'public' },
      limits: ['REFRESHES_PER_SESSION', 'REFRESHES_PER_NETWORK'],
    },
    handler: async (request, reply) => {
      await limits.count('REFRESHES_PER_NETWORK', countedNetwork(request.ip));
      const refreshToken = readCookie(request.headers.cookie) ?? '';
      const options = refreshOptionsOf(request);
      const pair = await refresh(deps, anonymousActor(request), refreshToken, options);
      return answer(request, reply, pair);
    },
  });

  app.route({
    ...common,
    method: 'DELETE',
    url: '/admin/session/',
    config: { auth: { kind: 'public' }, limits: ['REFRESHES_PER_NETWORK'] },
    handler: async (request, reply) => {
      await limits.count('REFRESHES_PER_NETWORK', countedNetwork(request.ip));
      const token = readCookie(request.headers.cookie);
      try {
        // An older token of the session, as after a lost answer, ends it as well.
        if (token) await logOut(deps, anonymousActor(request), token, { isReuse: true });
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'invalid_refresh_token')) throw error;
      }
      setCookie(request, reply, undefined);
      return { success: 'User logged out.' };
    },
  });
}
