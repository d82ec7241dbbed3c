import { administrationErrors } from './administration-errors.ts';
import type { ErrorDefinition } from './definition.ts';
import { type EndCause, endCauseTable } from './end-causes.ts';
import { factorErrors } from './factor-errors.ts';
import { requestErrors } from './request-errors.ts';
import { serverErrors } from './server-errors.ts';
import { signInErrors } from './sign-in-errors.ts';

/**
 * The closed table of error codes. Every error that leaves the server is one of these, as a problem
 * document (RFC 9457): `type`, `title`, `status`, `code`, `request_id`, and the members that the
 * HTTP contract names (`error`, `detail`, or one list of messages for each bad field).
 */

const table = {
  ...requestErrors,
  ...signInErrors,
  ...factorErrors,
  ...administrationErrors,
  ...serverErrors,
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<Record<ErrorCode, ErrorDefinition>> = table;

/** The errors that a token gets when its session has ended, with the cause as their code. */
export const refusedTokens = [
  'invalid_refresh_token',
  'invalid_token',
] as const satisfies ErrorCode[];

/** A `code` that a problem document can have, for people who meet it. */
export interface ProblemKind {
  readonly code: ErrorCode | EndCause;
  readonly statuses: readonly number[];
  readonly title: string;
  readonly meaning: string;
}

/** Every one of them, by code. */
export const problemKinds: ReadonlyMap<string, ProblemKind> = new Map(
  [
    ...(Object.keys(errorTable) as ErrorCode[]).map((code) => {
      const { status, title, meaning } = errorTable[code];
      return { code, statuses: [status], title, meaning };
    }),
    ...(Object.keys(endCauseTable) as EndCause[]).map((code) => ({
      code,
      statuses: refusedTokens.map((refused) => errorTable[refused].status),
      ...endCauseTable[code],
    })),
  ].map((kind) => [kind.code, kind]),
);
