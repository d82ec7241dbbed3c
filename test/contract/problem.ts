import { expect } from 'vitest';
import type { Answer } from '../harness.ts';

export interface ExpectedProblem {
  readonly status: number;
  readonly code: string;
  /** All that stands beside the five members of every problem document. */
  readonly members: Readonly<Record<string, unknown>>;
}

export const badField = (members: Record<string, string[]>): ExpectedProblem => ({
  status: 400,
  code: 'invalid_fields',
  members,
});

export const invalidCredentials: ExpectedProblem = {
  status: 401,
  code: 'invalid_credentials',
  members: { error: 'Invalid credentials' },
};

export const invalidRefreshToken: ExpectedProblem = {
  status: 400,
  code: 'invalid_refresh_token',
  members: { error: 'Invalid refresh token' },
};

export const unauthorized = (code: string, detail: string): ExpectedProblem => ({
  status: 401,
  code,
  members: { detail },
});

/** RFC 6750 3.1: where a token was sent. */
const withToken = 'Bearer error="invalid_token"';

function isOfToken(code: string, { detail, error }: ExpectedProblem['members']): boolean {
  if (error !== undefined || code === 'not_authenticated') return false;
  return !String(detail).endsWith('No credentials provided.');
}

/** Every error is a problem document (RFC 9457) with the members of the contract, and no others. */
export function expectProblem(answer: Answer, { status, code, members }: ExpectedProblem): void {
  const { type, title, request_id, ...rest } = answer.body;
  expect(rest).toEqual({ status, code, ...members });
  expect(type).toBe(`/problems/${code}`);
  expect(title).toMatch(/^[A-Z].*\.$/);
  expect(request_id).toBe(answer.headers.get('x-request-id'));
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
  const challenge = answer.headers.get('www-authenticate');
  if (status === 401) expect(challenge).toBe(isOfToken(code, members) ? withToken : 'Bearer');
}
