import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { createSessionCookie, type SessionCookie } from '../../../http/browser/cookie.ts';
import { requireSameOrigin } from '../../../http/browser/same-origin.ts';
import type { PublicUrlConfig } from '../../../http/public-url.ts';
import { whenAnswered } from '../../../lib/answer.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { type Authority, builtInNames } from '../../identity/roles/index.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import {
  finishSecondFactor,
  type LoginClient,
  type LoginDeps,
  login,
  loginLimitNames,
  type RememberedPair,
  type SecondFactorDeps,
  secondFactorLimits,
} from '../../sign-in/login/index.ts';
import {
  passkeySignInBody,
  passkeySignInLimits,
  signInWithPasskey,
} from '../../sign-in/passkey-sign-in/index.ts';
import {
  logOut,
  refresh,
  refreshOptionsOf,
  sessionOriginOf,
  type TokenPair,
} from '../../sign-in/sessions/index.ts';
import { createSecondStepCookie } from './second-step-cookie.ts';

/**
 * The session of the admin site: an ordinary one, whose refresh token is in a cookie that no script
 * can read. The API knows nothing of the cookie; it takes the access token, as from everybody.
 */

/** The header that the site sends with every request about its session. */
const siteHeader = 'x-latchkey-admin';

/** The cookie of the site's session: for the page that makes the first administrator as well. */
export function adminSessionCookie(config: PublicUrlConfig): SessionCookie {
  return createSessionCookie({ name: 'latchkey_admin', path: 'admin/session/' }, config);
}

/** Where pages lead that have set it: the site asks for a session that it does not know of only if it is told so. */
export const signedInAdminSite = 'admin/?signed-in';

/** The longest that browsers keep a cookie (RFC 6265bis 5.5): the server knows how long it remembers the device. */
const deviceSeconds = 400 * 86_400;

export function adminSessionRoutes(
  app: FastifyInstance,
  deps: LoginDeps & SecondFactorDeps & PublicUrlConfig & { authority: Authority },
): void {
  const { limits, authority } = deps;
  const admits = (userId: number) =>
    whenAnswered(authority.findHeld(userId, builtInNames), (held) => held.size > 0);
  const cookie = adminSessionCookie(deps);
  const stepCookie = createSecondStepCookie(deps);
  const deviceCookie = createSessionCookie(
    { name: 'latchkey_admin_device', path: 'admin/session/', maxAgeSeconds: deviceSeconds },
    deps,
  );
  const common = {
    onRequest: async (request: FastifyRequest) => requireAdminSite(request, deps),
    schema: { hide: true }, // between the site and its server; no client is to use it
  };

  function setCookie(request: FastifyRequest, reply: FastifyReply, token: string | undefined) {
    reply.header('set-cookie', cookie.write(request, token));
  }
  function answer(request: FastifyRequest, reply: FastifyReply, pair: TokenPair) {
    setCookie(request, reply, pair.refresh_token);
    return { access_token: pair.access_token };
  }

  /**
   * Lets the account pages go on with a sign-in whose user has to add a factor first. They do not get the cookie of this site,
   * so the session that the browser had before ends here.
   */
  async function leadToEnrolment(
    request: FastifyRequest,
    reply: FastifyReply,
    { error, earlier }: { readonly error: unknown; readonly earlier: string | undefined },
  ): Promise<void> {
    if (!(error instanceof AppError && error.code === 'second_factor_enrolment_required')) return;
    const flow = String(error.options.members?.flow);
    const step = { flow, isKept: false, isForAdminSite: true };
    reply.header('set-cookie', stepCookie.write(request, step));
    if (!earlier) return;
    await end(request, earlier);
    setCookie(request, reply, undefined);
  }

  /** A way to sign in. The session that the browser had before is over with it. */
  function door(signIn: (request: FastifyRequest, client: LoginClient) => Promise<RememberedPair>) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const earlier = cookie.readOne(request.headers.cookie);
      const client = {
        origin: sessionOriginOf(request),
        authorization: earlier && `Bearer ${earlier}`,
        deviceToken: deviceCookie.read(request.headers.cookie),
        admits,
      };
      const pair = await signIn(request, client).catch(async (error: unknown) => {
        await leadToEnrolment(request, reply, { error, earlier });
        throw error;
      });
      if (earlier) await end(request, earlier); // its cookie is gone with this answer
      if (pair.device_token !== undefined) {
        reply.header('set-cookie', deviceCookie.write(request, pair.device_token));
      }
      return answer(request, reply, pair);
    };
  }

  /** Whatever token of the session it is: after a lost answer the browser has an older one. */
  async function end(request: FastifyRequest, token: string) {
    try {
      await logOut(deps, anonymousActor(request), token, { isReuse: true });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'invalid_refresh_token')) throw error;
    }
  }

  app.route({
    ...common,
    method: 'POST',
    url: '/admin/session/',
    config: { auth: { kind: 'public' }, limits: loginLimitNames },
    handler: door((request, client) => login(deps, request.body as Body, client)),
  });

  app.route({
    ...common,
    method: 'POST',
    url: '/admin/session/second-factor/',
    config: { auth: { kind: 'public' }, limits: secondFactorLimits },
    handler: door((request, client) => finishSecondFactor(deps, request.body as Body, client)),
  });

  app.route({
    ...common,
    method: 'POST',
    url: '/admin/session/passkey/',
    config: { auth: { kind: 'public' }, limits: passkeySignInLimits },
    handler: door((request, { origin, admits }) => {
      const { credential } = passkeySignInBody.read(request.body as Body);
      return signInWithPasskey(deps, origin, credential, admits);
    }),
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
      const refreshToken = cookie.readOne(request.headers.cookie) ?? '';
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
      const token = cookie.readOne(request.headers.cookie);
      if (token) await end(request, token);
      setCookie(request, reply, undefined);
      return { success: 'User logged out.' };
    },
  });
}

/**
 * A header of the site's own, which no form and no other origin can send without being asked about it
 * first (CORS), says that the admin site itself asks.
 *
 * @throws AppError `csrf_refused`
 */
function requireAdminSite(request: FastifyRequest, config: PublicUrlConfig): void {
  requireSameOrigin(request, config);
  if (request.headers[siteHeader] !== '1') throw new AppError('csrf_refused');
}
