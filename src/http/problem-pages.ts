import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AppError, type ProblemKind, problemKinds } from '../errors/index.ts';
import { escapeHtml, page, pageHeaders, styleSource } from './browser/page.ts';
import { pickType } from './negotiation.ts';
import { STATUS_CODES } from './node-http.ts';
import { rootFrom } from './public-url.ts';
import { choiceHeader, errorAnswers } from './schemas.ts';

/** The pages that the `type` of a problem document leads to, one for each code. */

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
.code { opacity: .75; margin: 0 }
footer { margin-top: 2rem }
`;

const headers = {
  ...pageHeaders({ 'style-src': styleSource(style) }),
  vary: 'accept',
  'cache-control': 'public, max-age=3600',
};

const problemKindSchema = Type.Object(
  {
    code: Type.String({ enum: [...problemKinds.keys()], examples: ['invalid_credentials'] }),
    statuses: Type.Array(Type.Integer(), { examples: [[401]] }),
    title: Type.String({
      description: 'One sentence, always the same for a code.',
      examples: ['The credentials are not valid.'],
    }),
    meaning: Type.String({
      description: 'What it means, and what to do.',
      examples: ['No active account has this email and password.'],
    }),
  },
  { title: 'ProblemKind', description: 'What an error code means.' },
);

export function problemPages(app: FastifyInstance): void {
  app.route({
    method: 'GET',
    url: '/problems/:code',
    config: { auth: { kind: 'public' } },
    schema: {
      operationId: 'explainProblem',
      summary: 'What an error code means',
      description: 'A page for browsers, JSON for other clients.',
      tags: ['Operation'],
      params: Type.Object({
        code: Type.String({
          enum: [...problemKinds.keys()],
          description: 'The `code` of an error.',
          examples: ['invalid_token'],
        }),
      }),
      response: {
        200: {
          description: 'What it means.',
          headers: {
            'Cache-Control': choiceHeader('How long it may be stored.', headers['cache-control']),
            Vary: choiceHeader('What the answer depends on.', headers.vary),
          },
          content: {
            'application/json': { schema: problemKindSchema },
            'text/html': { schema: { type: 'string' } },
          },
        },
        ...errorAnswers({}, 'not_found'),
      },
    },
    handler: (request, reply) => {
      const { code } = request.params as { code: string };
      const kind = problemKinds.get(code);
      if (!kind) throw new AppError('not_found');
      reply.headers(headers);
      if (pickType(request.headers, ['application/json', 'text/html']) === 'text/html') {
        return reply
          .type('text/html; charset=utf-8')
          .send(problemPage(kind, rootFrom(request.url)));
      }
      return reply.type('application/json; charset=utf-8').send(kind);
    },
  });
}

function problemPage({ code, statuses, title, meaning }: ProblemKind, root: string): string {
  const answers = statuses.map((status) => `${status} ${STATUS_CODES[status]}`).join(' or ');
  return page({
    title: `${code}: Latchkey`,
    style,
    body: `
<main>
<p class="code"><code>${code}</code> &middot; ${answers}</p>
<h1>${inline(title)}</h1>
<p>${inline(meaning)}</p>
</main>
<footer><a href="${root}docs">API reference</a></footer>`,
  });
}

/** Text in which \`this\` is code, as HTML. */
function inline(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
