import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors/index.ts';
import { page, pageHeaders, styleSource } from './browser/page.ts';
import { pickType } from './negotiation.ts';

/** The page at the root of the server, for browsers: it says where to go. */

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }
`;

const headers = {
  ...pageHeaders({ 'style-src': styleSource(style) }),
  vary: 'accept',
  'cache-control': 'no-cache',
};

const html = page({
  title: 'Latchkey',
  style,
  body: `
<main>
<h1>Latchkey</h1>
<p>This is an authentication server.</p>
<ul>
<li><a href="./account/">Your account</a></li>
<li><a href="./docs">API reference</a></li>
<li><a href="./admin/">Administration</a></li>
</ul>
</main>`,
});

export function homePage(app: FastifyInstance): void {
  app.route({
    method: 'GET',
    url: '/',
    config: { auth: { kind: 'public' }, isUnlisted: true },
    schema: { hide: true },
    onRequest: ({ headers }, _reply, done) => {
      const type = pickType(headers, ['application/json', 'text/html']);
      // To a program there is nothing here.
      done(type === 'text/html' ? undefined : new AppError('not_found'));
    },
    handler: (_request, reply) =>
      reply.headers(headers).type('text/html; charset=utf-8').send(html),
  });
}
