import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { EdgeDeps, RequestPrincipal } from './types.ts';

/**
 * Puts the guard that a route declares (`config.auth`) in front of it, before its body is read.
 *
 * @throws Error at the start, where a route declares none
 */
export function registerGuards(app: FastifyInstance, { authenticate }: EdgeDeps): void {
  app.decorateRequest('principal', undefined);

  const requireUser: onRequestHookHandler = (request, _reply, done) => {
    try {
      const principal = authenticate(request.headers.authorization);
      if (principal instanceof Promise) {
        principal.then((found) => {
          request.principal = found;
          done();
        }, done);
        return;
      }
      request.principal = principal;
      done();
    } catch (error) {
      done(error as Error);
    }
  };

  app.addHook('onRoute', (route) => {
    const auth = route.config?.auth;
    if (auth === undefined) {
      throw new Error(
        `${route.method} ${route.url} does not declare who may call it (config.auth).`,
      );
    }
    if (auth === 'user') route.onRequest = [requireUser, ...[route.onRequest ?? []].flat()];
  });
}

/** Who makes the request, on a route that declares `auth: 'user'`. */
export function principalOf(request: {
  principal: RequestPrincipal | undefined;
}): RequestPrincipal {
  if (!request.principal) throw new Error('The route does not declare auth: user.');
  return request.principal;
}
