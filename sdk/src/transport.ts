import { readClaims } from './access-token.ts';
import type { Environment } from './environment.ts';
import { errorOf, errorOfBody, networkError, parseJson } from './errors.ts';
import type { components } from './openapi.ts';
import { isOver, isUndecided } from './refusals.ts';

/** What a user signs in with. */
export type Credentials = components['schemas']['Credentials'];

/** What a sign-in and a refresh bring. */
export interface Tokens {
  readonly access_token: string;
  /** Absent where the server keeps it in a cookie that no script can see. */
  readonly refresh_token?: string | undefined;
}

/** How a session begins, goes on and ends at the server. Each function throws `LatchkeyError`. */
export interface SessionTransport {
  /** @param request.proof a token of an earlier session here: shows that the device is no stranger */
  signIn(
    credentials: Credentials,
    request: { readonly proof?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<Tokens>;
  /** @param request.idempotencyKey the same for each try of one refresh, and for no other */
  refresh(request: {
    readonly refreshToken: string | undefined;
    readonly idempotencyKey: string;
    readonly signal: AbortSignal;
  }): Promise<Tokens>;
  /** Throws unless the server has ended the session, or had before. */
  signOut(request: {
    readonly refreshToken: string | undefined;
    readonly accessToken: string;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** The refresh token is in a cookie: whether there is a session shows only when one asks. */
  readonly keepsRefreshToken?: boolean | undefined;
}

/** Latchkey's own endpoints, with the refresh token in the body. */
export function apiTransport(baseUrl: string, environment: Environment): SessionTransport {
  async function send(method: string, path: string, init: RequestInit): Promise<Response> {
    const request = new Request(`${baseUrl}${path}`, {
      ...init,
      method,
      credentials: 'omit',
      cache: 'no-store',
    });
    const response = await environment.fetch(request).catch((error) => {
      init.signal?.throwIfAborted();
      throw networkError(error);
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  function post(path: string, body: object, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, 'content-type': 'application/json' };
    return send('POST', path, { ...init, headers, body: JSON.stringify(body) });
  }

  /** Somebody has the next refresh token. The access token still is of the session. */
  async function endByAccessToken(accessToken: string, init: RequestInit): Promise<void> {
    const id = readClaims(accessToken)?.sid;
    if (id === undefined) throw new Error('It does not name its session.');
    const headers = { authorization: `Bearer ${accessToken}` };
    await expectMember(await send('DELETE', `/api/sessions/${id}/`, { ...init, headers }), 'ended');
  }

  return {
    async signIn(credentials, { proof, signal }) {
      const headers = proof === undefined ? {} : { authorization: `Bearer ${proof}` };
      return tokensOf(await post('/api/login/', credentials, { headers, signal: signal ?? null }));
    },
    async refresh({ refreshToken, idempotencyKey, signal }) {
      const headers = { 'idempotency-key': idempotencyKey };
      return tokensOf(
        await post('/api/refresh/', { refresh_token: refreshToken }, { headers, signal }),
      );
    },
    async signOut({ refreshToken, accessToken, signal }) {
      // It still arrives when the page goes away.
      const init = { signal, keepalive: true };
      try {
        const body = { refresh_token: refreshToken };
        await expectMember(await post('/api/logout/', body, init), 'success');
      } catch (error) {
        if (!isUndecided(error)) throw error;
        await endByAccessToken(accessToken, init).catch((failure) => {
          if (failure.code !== 'not_found' && !isOver(failure)) throw error;
        });
      }
    },
  };
}

/** @throws LatchkeyError where the answer is not one of Latchkey, or breaks off */
export async function tokensOf(response: Response): Promise<Tokens> {
  return (await expectMember(response, 'access_token')) as unknown as Tokens;
}

/** A page that stands in for the server may answer 200 too. */
async function expectMember(response: Response, name: string): Promise<Record<string, unknown>> {
  const text = await response.text().catch((error) => {
    throw networkError(error);
  });
  const body = parseJson(text) as Record<string, unknown> | null | undefined;
  if (typeof body?.[name] === 'undefined') throw errorOfBody(response, undefined);
  return body;
}
