import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { escapeHtml, page, pageHeaders } from './browser/page.ts';
import { createContent } from './content.ts';
import { rootFrom } from './public-url.ts';

/**
 * The interactive API reference: Scalar, served by us. It asks no other host for anything, and the
 * policy of the page would not let it.
 */

const policy = {
  'script-src': "'self'",
  // Scalar puts its style sheet and the styles of its parts into the page as it runs.
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self' data:",
  'connect-src': "'self'",
};

/** https://github.com/scalar/scalar/blob/main/documentation/configuration.md */
const configuration = {
  theme: 'default',
  layout: 'modern',
  withDefaultFonts: false, // they would come from fonts.scalar.com
  telemetry: false,
  // These lead to services of Scalar's.
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  authentication: { preferredSecurityScheme: 'bearer' },
  defaultOpenAllTags: true,
  documentDownloadType: 'json',
  metaData: { title: 'Latchkey API' },
};

/**
 * Runs before Scalar. It tells Scalar where the server is, which only the browser knows behind a proxy
 * that puts it below a path. And Scalar asks by trying whether it may compile code from text: the policy
 * forbids it and the browser would report each try as a violation; this gives the same answer quietly.
 */
const startScript = `
const root = new URL('..', document.currentScript.src).href.replace(/\\/$/, '');
const reference = document.getElementById('api-reference');
reference.dataset.configuration = JSON.stringify({
  ...JSON.parse(reference.dataset.configuration),
  url: root + '/openapi.json',
  servers: [{ url: root, description: 'This server.' }],
});
window.Function = new Proxy(Function, {
  construct() {
    throw new EvalError('Code from text is not allowed here.');
  },
});
`.trimStart();

export function apiReferenceRoutes(app: FastifyInstance): void {
  const script = (load: () => Promise<Buffer>) =>
    createContent({
      type: 'text/javascript; charset=utf-8',
      caching: 'public, max-age=31536000, immutable', // its URL changes with it
      load,
    });
  const start = script(async () => Buffer.from(startScript));
  const scalar = script(() => readFile(scalarPath()));
  const html = (root: string) =>
    createContent({
      type: 'text/html; charset=utf-8',
      caching: 'no-cache',
      headers: pageHeaders(policy),
      load: async () =>
        Buffer.from(referencePage(root, await start.version(), await scalar.version())),
    });
  const pages = new Map(['./', '../'].map((root) => [root, html(root)]));
  const config = { auth: { kind: 'public' } } as const;
  const schema = { hide: true };
  app.route({
    method: 'GET',
    url: '/docs',
    config,
    schema,
    handler: (request, reply) => pages.get(rootFrom(request.url))?.answer(request, reply),
  });
  app.route({ method: 'GET', url: '/docs/start.js', config, schema, handler: start.answer });
  app.route({ method: 'GET', url: '/docs/scalar.js', config, schema, handler: scalar.answer });
}

/** Beside this module in the published package; out of the development dependency from source. */
function scalarPath(): string {
  const built = fileURLToPath(new URL('./assets/scalar.js', import.meta.url));
  if (existsSync(built)) return built;
  return fileURLToPath(import.meta.resolve('@scalar/api-reference/browser/standalone.js'));
}

function referencePage(root: string, startVersion: string, scalarVersion: string): string {
  return page({
    title: 'Latchkey API',
    body: `
<noscript><p>This page needs JavaScript. The same is in <a href="${root}openapi.json">openapi.json</a>.</p></noscript>
<script id="api-reference" data-configuration="${escapeHtml(JSON.stringify(configuration))}"></script>
<script src="${root}docs/start.js?v=${startVersion}"></script>
<script src="${root}docs/scalar.js?v=${scalarVersion}"></script>`,
  });
}
