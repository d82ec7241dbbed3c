import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anyPassword, type send, startServer, testSecret } from '../harness.ts';

/**
 * What the tests of the contract share that go line by line: each row is a line of the page, in its order
 * and by its words, so that both can be read side by side. What the other files of this folder test is
 * the breadth behind a line.
 */

export type Row = readonly [line: string, holds: () => Promise<unknown>];

export function testLines(section: string, rows: readonly Row[]): void {
  describe(section, () => {
    test.each(rows.map(([line, holds]) => ({ line, holds })))('$line', async ({ holds }) => {
      await holds();
    });
  });
}

let emails = 0;
export const newEmail = () => `line${++emails}@example.com`;

export const jsonText = (body: string | Uint8Array<ArrayBuffer>) => ({
  body,
  headers: { 'content-type': 'application/json' },
});
export const invalidRefreshToken = { error: 'Invalid refresh token' };
export const invalidCredentials = { error: 'Invalid credentials' };
export const invalidToken = { detail: 'Invalid token.' };

type Asked = ReturnType<typeof send>;

/** One answer: its status, and what of its body is fixed. */
export async function answers(asked: Asked, status: number, body: object = {}) {
  const answer = await asked;
  expect([answer.status, answer.body]).toEqual([status, expect.objectContaining(body)]);
  return answer;
}

export function fields(asked: Asked, members: Record<string, string[]>) {
  return answers(asked, 400, { code: 'invalid_fields', ...members });
}

/** An access token as the previous system made it. */
export function oldToken(claims: object, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', testSecret).update(input).digest('base64url')}`;
}

/** A server with the contract's own rules for passwords, and ways to ask it. */
export async function startContractServer() {
  const server = await startServer({
    pinned: { ...anyPassword, ACCESS_TOKEN_LIFETIME: 3_600 },
  });
  const ask = (method: string, path: string, options: Parameters<typeof send>[3] = {}) =>
    server.send(method, `/api/${path}`, options);
  const post = (path: string, json: unknown) => ask('POST', path, { json });
  return {
    server,
    ask,
    post,
    refreshWith: (refresh_token: unknown) => post('refresh/', { refresh_token }),
    me: (authorization: string) => ask('GET', 'me/', { headers: { authorization } }),
    /** A moment ahead, in seconds, as tokens have it. */
    later: () => Math.floor(server.clock.nowMs() / 1000) + 60,
  };
}
