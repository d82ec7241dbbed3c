import { type TSchema, Type } from 'typebox';
import {
  AppError,
  type AppErrorOptions,
  type ErrorCode,
  endCauseTable,
  errorTable,
  problemDocument,
  problemType,
  refusedTokens,
} from '../errors/index.ts';

import { challengeOf } from './challenge.ts';
import { endCauses, problemSchema } from './problem-schema.ts';

/** The schemas and headers that routes share. */

/** For bodies with lists, which forms cannot carry. */
export const jsonOnly = { consumes: ['application/json'] };

/** The id in a path. */
export const idPath = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [7] }),
});

/** How often something was changed; `contract/expected-version.ts`. */
export const versionSchema = Type.Integer({
  minimum: 0,
  description: 'It grows by one with each change. Send it back as `expected_version`.',
  examples: [3],
});

/** How a list is asked for, page by page. */
export const pageQuery = {
  limit: Type.Integer({
    minimum: 1,
    maximum: 200,
    default: 25,
    description: 'At most this many. A page may have fewer before the list ends.',
  }),
  cursor: Type.Optional(
    Type.String({
      description: 'The `next_cursor` of the previous page, with the same order and filters.',
    }),
  ),
};

/** A value that may be null: it is not there, or nobody knows it. */
export const orNull = <Schema extends TSchema>(
  schema: Schema,
  example: unknown,
  description?: string,
) =>
  Type.Union([schema, Type.Null()], {
    ...(description !== undefined && { description }),
    examples: [example],
  });

/** A time, or null: there is none. */
export const timeOrNull = (example: string | null, description?: string) =>
  orNull(Type.String({ format: 'date-time' }), example, description);

/** Where a list goes on. */
export const nextCursor = orNull(
  Type.String(),
  null,
  'The `cursor` of the next page; null on the last page.',
);

/** A header of an answer, as the API description has it. */
export const header = (description: string, ...examples: string[]) => ({
  type: 'string',
  description,
  examples,
});

/** A header with a few possible values. */
export const choiceHeader = (description: string, ...values: string[]) => ({
  ...header(description, ...values),
  enum: values,
});

/** A header that only some answers have. */
export const optionalHeader = (named: ReturnType<typeof header>) => ({
  ...named,
  'x-optional': true,
});

/** The answer of a request that made something. Its `Location` says where that is. */
export function created<Schema extends object>(schema: Schema, example: string) {
  return {
    ...schema,
    headers: { Location: header('Its URL, relative to the request.', example) },
  };
}

/** The Cache-Control of every answer that is not public: it is about a person, or carries a token (RFC 6749 5.1). */
export const notStored = {
  'Cache-Control': choiceHeader('Nobody may store this answer.', 'no-store'),
};

/** The Content-Disposition of a file that is downloaded (RFC 6266). */
export function dispositionOf(fileName: string): string {
  return `attachment; filename="${fileName}"`;
}

/** Its header, as the API description has it. */
export const attachment = (fileName: string) => ({
  'Content-Disposition': choiceHeader('The name of the file.', dispositionOf(fileName)),
});

export const profileSchema = Type.Object(
  {
    id: Type.Integer({ examples: [1] }),
    username: Type.String({ description: '`""` until it is set.', examples: ['ada'] }),
    email: Type.String({ examples: ['ada@example.com'] }),
  },
  { title: 'Profile', description: 'A profile.' },
);

/** What is known of the language that a user reads. */
export const localeSchema = orNull(
  Type.String(),
  'de-AT',
  'The language that the user reads (BCP 47), for mail: what they asked for first, or have chosen. Null: nothing ' +
    'is known.',
);

export const ownProfileSchema = Type.Object(
  {
    ...profileSchema.properties,
    email_verified: Type.Boolean({
      description: 'Whether the user has proven that the email is theirs.',
      examples: [false],
    }),
    locale: localeSchema,
    second_factor_due_at: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'Until when you have to add a second factor, or a passkey. Absent: you need not, or have one.',
        examples: ['2026-03-08T08:00:00.000Z'],
      }),
    ),
  },
  { title: 'OwnProfile', description: 'Your profile.' },
);

const exampleFlow = 'a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k';

/** The answer to the client that began a flow. */
export const begunFlowSchema = Type.Object(
  {
    flow: Type.String({
      description: 'Send it back with the code of the mail.',
      examples: [exampleFlow],
    }),
    expires_in: Type.Integer({
      description: 'In how many seconds the flow expires.',
      examples: [600],
    }),
  },
  { title: 'BegunFlow', description: 'The flow has begun.' },
);

export const tokenPairSchema = Type.Object(
  {
    access_token: Type.String({
      description: 'A JWT, for `Authorization: Bearer`.',
      examples: ['eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl'],
    }),
    refresh_token: Type.String({
      format: 'uuid',
      description: 'Works once, at `/api/refresh/`.',
      examples: ['0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11'],
    }),
  },
  { title: 'TokenPair', description: 'The tokens of a session.' },
);

/** What any path may answer, whatever it does and whatever state the server is in. */
const anywhere: readonly ErrorCode[] = [
  'malformed_request',
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
  'internal_error',
];
const unlessProbe: readonly ErrorCode[] = ['database_unavailable', 'shutting_down'];
const withBody: readonly ErrorCode[] = [
  'malformed_body',
  'body_too_large',
  'unsupported_media_type',
  'overloaded',
];
const withUser: readonly ErrorCode[] = [
  'not_authenticated',
  'invalid_token_header',
  'invalid_token',
  'user_inactive',
];
const withAdmin: readonly ErrorCode[] = [...withUser, 'permission_denied'];

/** What the example of a code has besides the fixed members. */
const exampleOptions: Partial<Record<ErrorCode, AppErrorOptions>> = {
  invalid_fields: { members: { email: ['Enter a valid email address.'] } },
  invalid_body: {
    members: { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] },
  },
  malformed_body: { detail: 'JSON parse error - unexpected text at position 12' },
  method_not_allowed: { detail: 'Method "TRACE" not allowed.' },
  unsupported_media_type: { detail: 'Unsupported media type "text/plain" in request.' },
  second_factor_required: {
    members: { flow: exampleFlow, methods: ['totp', 'recovery_code'], expires_in: 600 },
  },
  invalid_passkey: { members: { reason: 'malformed' } },
  insufficient_user_authentication: { members: { acr_values: 'aal1', max_age: 900 } },
  permission_denied: { detail: 'You need the permission users.change.' },
  rate_limited: { detail: 'Too many requests. Try again in 873 seconds.' },
  not_ready: {
    detail: 'Not ready: the database does not answer.',
    members: { failed_checks: ['database'] },
  },
};

/** The headers that an error has by its status. */
const headersOf: Readonly<Record<number, object>> = {
  405: { Allow: header('The methods of this path.', 'POST, OPTIONS') },
  429: {
    'Retry-After': header('When to try again, in seconds.', '873'),
    'RateLimit-Policy': header(
      'The limit that is reached: how many (`q`) in how many seconds (`w`).',
      '"login_failures_per_account";q=10;w=900',
    ),
    RateLimit: header(
      'How many are left (`r`), and for how many seconds (`t`).',
      '"login_failures_per_account";r=0;t=873',
    ),
  },
  503: { 'Retry-After': header('When to try again, in seconds.', '1') },
};

/** The headers that a code has besides those of its status. */
const headersOfCode: Partial<Record<ErrorCode, object>> = {
  invalid_refresh_token: {
    'Retry-After': optionalHeader(
      header('In how many seconds it counts as reuse. Absent: it is not valid.', '10'),
    ),
  },
};

/**
 * The error answers of a route, by status, each with an example of every code.
 *
 * @param codes the route's own
 */
export function errorAnswers(
  kind: {
    body?: boolean;
    user?: boolean;
    /** As a route for users that is not open to impersonation. */
    owner?: boolean;
    /** As a route for administrators. */
    admin?: boolean;
    probe?: boolean;
  },
  ...codes: readonly ErrorCode[]
): Record<number, unknown> {
  const all = [
    ...codes,
    ...(kind.body ? withBody : []),
    ...(kind.user || kind.owner ? withUser : []),
    ...(kind.owner ? (['permission_denied'] as const) : []),
    ...(kind.admin ? withAdmin : []),
    ...anywhere,
    ...(kind.probe ? [] : unlessProbe),
  ];
  const byStatus = Map.groupBy(new Set(all), (code) => errorTable[code].status);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, errorAnswer(status, of)]));
}

/** The answers of a route, and one more error that it may give. */
export function withErrorAnswer(
  answers: Readonly<Record<number, unknown>>,
  code: ErrorCode,
): Record<number, unknown> {
  const { status } = errorTable[code];
  const known = answers[status] as ErrorAnswer | undefined;
  const examples = Object.keys(known?.content[problemType].examples ?? {});
  // The causes of ended sessions among them come from the codes again.
  const codes = examples.filter((name): name is ErrorCode => Object.hasOwn(errorTable, name));
  return { ...answers, [status]: errorAnswer(status, [...new Set([code, ...codes])]) };
}

type ErrorAnswer = ReturnType<typeof makeErrorAnswer>;

/** Many routes have the same, and to make one is a fifth of what a start takes. */
const errorAnswersMade = new Map<string, ErrorAnswer>();

function errorAnswer(status: number, codes: readonly ErrorCode[]): ErrorAnswer {
  const key = `${status} ${codes.join(' ')}`;
  const answer = errorAnswersMade.get(key) ?? makeErrorAnswer(status, codes);
  errorAnswersMade.set(key, answer);
  return answer;
}

function makeErrorAnswer(status: number, codes: readonly ErrorCode[]) {
  const problems = codes.flatMap(problemsOf);
  return {
    description: problems.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
    headers: {
      ...headersOf[status],
      ...(status === 401 && { 'WWW-Authenticate': challengeHeader(codes) }),
      ...Object.assign({}, ...codes.map((code) => headersOfCode[code])),
      ...notStored,
    },
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

/** How any challenge is written: one of them says how old a sign-in may be. */
const anyChallenge =
  '^Bearer( error="(invalid_token|insufficient_user_authentication", ' +
  'acr_values="[a-z0-9 ]+", max_age="[0-9]+)")?$';

function challengeHeader(codes: readonly ErrorCode[]) {
  const challenges = new Set(codes.flatMap(possibleErrors).map(challengeOf));
  const description = 'How to authenticate (RFC 6750 3, RFC 9470 3).';
  if (!codes.includes('insufficient_user_authentication')) {
    return choiceHeader(description, ...challenges);
  }
  return { ...header(description, ...challenges), pattern: anyChallenge };
}

/** Made once: a hundred routes give the same few. */
const knownProblems = new Map<ErrorCode, ReturnType<typeof describeProblems>>();

function problemsOf(code: ErrorCode) {
  const known = knownProblems.get(code) ?? describeProblems(code);
  knownProblems.set(code, known);
  return known;
}

function describeProblems(code: ErrorCode) {
  return possibleErrors(code).map((error) => ({
    meaning: meaningOf(error),
    ...problemDocument(error, '4be1f0c2a7-1f'),
  }));
}

/** A token may be refused for itself, or because its session ended, which the code then says. */
function possibleErrors(code: ErrorCode): AppError[] {
  const itself = new AppError(code, exampleOptions[code]);
  if (!refusedTokens.some((refused) => refused === code)) return [itself];
  return [itself, ...endCauses.map((endCause) => new AppError(code, { endCause }))];
}

function meaningOf({ code, options: { endCause } }: AppError): string {
  return endCause ? endCauseTable[endCause].meaning : errorTable[code].meaning;
}
