import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type BodyField, declareBody, optional } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import { exactText } from '../../../contract/text-fields.ts';
import { memberOf } from '../../../contract/value-fields.ts';
import { AppError } from '../../../errors/index.ts';
import { errorAnswers, tokenPairSchema } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { logOut } from './log-out.ts';
import { type RefreshOptions, refresh } from './refresh.ts';
import type { SessionDeps } from './sessions.ts';
import type { TokenReport } from './stale-token.ts';

/** An `Idempotency-Key` is at most this long. */
const maxKeyLength = 255;

const refreshTokenField = exactText(
  Type.String({ format: 'uuid', examples: ['0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11'] }),
);

/** In a form it is a text. Anything but true counts as false. */
const reportField: BodyField<boolean> = {
  schema: Type.Boolean({
    description:
      'Says that no other request of this client has used the token. If it was used, its session ends at ' +
      'once (`refresh_token_reused`), and not only after the grace period.',
    examples: [false],
  }),
  read(body, name) {
    const reported = memberOf(body, name);
    return { value: reported === true || reported === 'true' };
  },
};

const refreshTokenBody = declareBody(
  { refresh_token: refreshTokenField, report_reuse: optional(reportField) },
  { title: 'RefreshToken' },
);

/** What the admin site sends: its token is in a cookie. */
const reportBody = declareBody({ report_reuse: optional(reportField) });

const refreshHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      maxLength: maxKeyLength,
      description: 'Any text that is new for each refresh, such as a UUID.',
      examples: ['0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10'],
    }),
  ),
});

const loggedOut = Type.Object(
  { success: Type.String({ examples: ['User logged out.'] }) },
  { description: 'The session has ended.' },
);

export function sessionRoutes(
  app: FastifyInstance,
  deps: SessionDeps & { readonly limits: Limits },
): void {
  const { limits } = deps;
  app.route({
    method: 'POST',
    url: '/api/refresh/',
    config: {
      auth: { kind: 'public' },
      limits: ['REFRESHES_PER_SESSION', 'REFRESHES_PER_NETWORK'],
    },
    schema: {
      operationId: 'refresh',
      summary: 'Refresh a session',
      description:
        'The refresh token that was sent cannot be used again; the answer has the next one. A ' +
        'refusal with `Retry-After` means that another request has already used the token; after ' +
        'that time this one counts as reuse.',
      tags: ['Sessions'],
      headers: refreshHeaders,
      body: refreshTokenBody.schema,
      response: {
        200: tokenPairSchema,
        ...errorAnswers({ body: true }, 'invalid_refresh_token', 'rate_limited', 'overloaded'),
      },
    },
    handler: async (request) => {
      await limits.count('REFRESHES_PER_NETWORK', countedNetwork(request.ip));
      const refreshToken = refreshTokenOf(request.body as Body);
      return refresh(deps, anonymousActor(request), refreshToken, refreshOptionsOf(request));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/logout/',
    config: { auth: { kind: 'public' }, limits: ['REFRESHES_PER_NETWORK'] },
    schema: {
      operationId: 'logout',
      summary: 'Log out',
      description:
        'Ends the session of the refresh token, and no other. Needs no access token. A refusal with ' +
        '`Retry-After` has ended nothing: the session has been refreshed since. Send `report_reuse` ' +
        'to end it anyway.',
      tags: ['Sessions'],
      body: refreshTokenBody.schema,
      response: {
        200: loggedOut,
        ...errorAnswers({ body: true }, 'invalid_refresh_token', 'overloaded'),
      },
    },
    handler: async (request) => {
      await limits.count('REFRESHES_PER_NETWORK', countedNetwork(request.ip));
      const body = request.body as Body;
      await logOut(deps, anonymousActor(request), refreshTokenOf(body), reportOf(body));
      return { success: 'User logged out.' };
    },
  });
}

/** The token of a body; `''`, which is never valid, if it has none. */
function refreshTokenOf(body: Body): string {
  return refreshTokenBody.tryRead(body)?.refresh_token ?? '';
}

/**
 * The options of a request for a refresh.
 *
 * @throws AppError `malformed_request` for a key that is too long
 */
export function refreshOptionsOf({ headers, body }: FastifyRequest): RefreshOptions {
  const idempotencyKey = idempotencyKeyOf(headers['idempotency-key']);
  return { idempotencyKey, ...reportOf(body as Body | undefined) };
}

function reportOf(body: Body | undefined): TokenReport {
  return { isReuse: (body && reportBody.tryRead(body)?.report_reuse) ?? false };
}

/** The name of a refresh, so that repeating it gives the same answer; undefined if it has none. */
function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  const key = Array.isArray(header) ? header[0] : header;
  if (key === undefined || key === '') return undefined;
  if (key.length <= maxKeyLength) return key;
  throw new AppError('malformed_request', {
    detail: `The Idempotency-Key header is at most ${maxKeyLength} characters.`,
  });
}
