import { expect } from 'vitest';
import { goodPassword, type TestServer } from '../harness.ts';

export type Json = Record<string, unknown>;

/** What tests of the routes for administrators do on a server. */
export function asAdmin(server: TestServer) {
  return {
    /** Sends requests as an administrator with these permissions. */
    async adminWith(permissions: readonly string[] | 'superuser') {
      const admin = await server.signUpAdmin(permissions);
      const send = (method: string, path: string, json?: Json) =>
        server.send(method, `/api/admin/${path}`, {
          token: admin.access_token,
          ...(json && { json }),
        });
      return { ...admin, send };
    },
    /** 200 while an access token is valid, else the code of the refusal. */
    async me(token: string): Promise<unknown> {
      const { status, body } = await server.send('GET', '/api/me/', { token });
      return status === 200 ? 200 : body.code;
    },
    /** The status of a sign-in. */
    async login(email: string, password = goodPassword): Promise<number> {
      return (await server.send('POST', '/api/login/', { json: { email, password } })).status;
    },
  };
}

/** The answer to an administrator who lacks a permission. */
export const denied = (detail: unknown = expect.any(String)) => ({
  status: 403,
  body: { code: 'permission_denied', detail },
});
