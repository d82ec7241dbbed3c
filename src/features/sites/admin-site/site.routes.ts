import type { FastifyInstance } from 'fastify';
import { AppError } from '../../../errors/index.ts';
import { appPageHeaders, newNonce } from '../../../http/browser/page.ts';
import { createSiteFiles, noncePlaceholder } from './site-files.ts';

/**
 * The admin site: one page, whose parts are told apart behind the `#` of its URL, so that the
 * server never sees what an administrator looks at, nor the token of a link.
 */

/** What the page may do in addition to what every page of ours may do. */
const policy = {
  'connect-src': "'self'",
  // No text becomes markup or code, whatever asks for it.
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
};

export function adminSiteRoutes(app: FastifyInstance): void {
  const files = createSiteFiles();
  const config = { auth: { kind: 'public' } } as const;
  const schema = { hide: true };
  app.route({
    method: 'GET',
    url: '/admin/',
    config,
    schema,
    handler: async (request, reply) => {
      // The page names its files relative to itself. Relative too, so that a proxy's prefix stays.
      if (!pathOf(request.url).endsWith('/')) return reply.redirect('admin/', 308);
      const page = await files.page();
      if (page === undefined) throw notBuilt();
      const nonce = newNonce();
      return reply
        .headers(appPageHeaders(nonce, policy))
        .type('text/html; charset=utf-8')
        .send(page.replaceAll(noncePlaceholder, nonce));
    },
  });
  app.route({
    method: 'GET',
    url: '/admin/assets/:name',
    config,
    schema,
    handler: async (request, reply) => {
      const content = await files.asset((request.params as { name: string }).name);
      if (!content) throw new AppError('not_found');
      return content.answer(request, reply);
    },
  });
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function notBuilt(): AppError {
  return new AppError('not_found', {
    detail: 'The admin site is not built. "npm run build" builds it.',
  });
}
