import { Problem } from './problem.ts';
import { confirmPassword } from './reauthentication.ts';
import { urlOf } from './server-url.ts';
import { authorizedFetch, userId } from './session.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query | undefined;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the API, as the user who is signed in. Where the server wants the password first, the user is
 * asked for it, and then the request goes on.
 *
 * @throws Problem
 */
export async function request<Result>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Result> {
  const response = await respond(method, path, options);
  return response.json();
}

/** Asks for a file, and hands it to the browser to save. */
export async function download(path: string, query: Query, fileName: string): Promise<void> {
  const response = await respond('GET', path, { query });
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: fileName });
  link.click();
  URL.revokeObjectURL(url);
}

async function respond(method: string, path: string, options: RequestOptions): Promise<Response> {
  const { query = {}, json, signal } = options;
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const url = urlOf(search.size > 0 ? `${path}?${search}` : path);
  const response = await authorizedFetch(url, {
    method,
    credentials: 'omit',
    ...(json !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    }),
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  // The sign-in page says why the session is over.
  if (response.status === 401 && userId() === undefined) throw Problem.cancelled();
  const problem = await Problem.of(response);
  if (problem.code !== 'insufficient_user_authentication') throw problem;
  await confirmPassword((password) =>
    request('POST', '/api/me/reauthenticate/', { json: { password } }),
  );
  return respond(method, path, options);
}
