import { Type } from 'typebox';
import {
  AppError,
  type EndCause,
  type ErrorCode,
  endCauseTable,
  errorTable,
  problemDocument,
} from '../errors.ts';
import { problemType } from './error-handler.ts';

/** The schemas and headers that routes share. */

/** For every answer that carries a token (RFC 6749 5.1). */
export const neverStored = { 'cache-control': 'no-store' };

/**
 * For bodies whose schema is there to be read: their fields are checked by the contract's rules
 * (`lib/fields.ts`), which are not JSON Schema's.
 */
export const readByHand = { validatorCompiler: () => () => true };

export const profileSchema = Type.Object(
  {
    id: Type.Integer({ examples: [1] }),
    username: Type.String({ description: '`""` until it is set.', examples: ['ada'] }),
    email: Type.String({ examples: ['ada@example.com'] }),
  },
  { description: 'A profile.' },
);

export const tokenPairSchema = Type.Object(
  {
    access_token: Type.String({ description: 'A JWT, for `Authorization: Bearer`.' }),
    refresh_token: Type.String({
      format: 'uuid',
      description: 'Works once, at `/api/refresh/`.',
      examples: ['0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11'],
    }),
  },
  { description: 'The tokens of a session.' },
);

const problemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    request_id: Type.String(),
  },
  { additionalProperties: true },
);

const endCauses = Object.keys(endCauseTable) as EndCause[];

/** What any route may answer, whatever it does. */
const anywhere: readonly ErrorCode[] = [
  'method_not_allowed',
  'internal_error',
  'database_unavailable',
  'shutting_down',
];
const withBody: readonly ErrorCode[] = [
  'malformed_body',
  'body_too_large',
  'unsupported_media_type',
  'request_timeout',
];
const withUser: readonly ErrorCode[] = [
  'not_authenticated',
  'invalid_token_header',
  'invalid_token',
  'user_inactive',
];

/**
 * The error answers of a route, by status, each with an example of every code.
 *
 * @param codes those of the route's own
 */
export function errorAnswers(
  kind: { body?: boolean; user?: boolean },
  ...codes: readonly ErrorCode[]
): Record<number, unknown> {
  const all = [
    ...codes,
    ...(kind.body ? withBody : []),
    ...(kind.user ? withUser : []),
    ...anywhere,
  ];
  const byStatus = Map.groupBy(new Set(all), (code) => errorTable[code].status);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, errorAnswer(of)]));
}

function errorAnswer(codes: readonly ErrorCode[]) {
  const problems = codes
    .flatMap(possibleErrors)
    .map((error) => ({ meaning: meaningOf(error), ...problemDocument(error, '4be1f0c2a7-1f') }));
  return {
    description: problems.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
    content: {
      [problemType]: {
        schema: problemSchema,
        examples: Object.fromEntries(
          problems.map(({ meaning, ...value }) => [value.code, { summary: meaning, value }]),
        ),
      },
    },
  };
}

/** A token may be refused for itself, or because its session ended, which the code then says. */
function possibleErrors(code: ErrorCode): AppError[] {
  if (code !== 'invalid_token' && code !== 'invalid_refresh_token') return [new AppError(code)];
  return [new AppError(code), ...endCauses.map((endCause) => new AppError(code, { endCause }))];
}

function meaningOf({ code, options: { endCause } }: AppError): string {
  return endCause ? endCauseTable[endCause].meaning : errorTable[code].meaning;
}
