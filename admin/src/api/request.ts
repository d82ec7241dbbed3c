import { Problem } from './problem.ts';
import { confirmIdentity } from './reauthentication.ts';
import { urlOf } from './server-url.ts';
import { authorizedFetch, userId } from './session.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query | undefined;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the API, as the user who is signed in. Where the server wants to know first that it is they (RFC 9470), the
 * user is asked, and then the request goes on.
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

const proofPath = '/api/me/reauthenticate/';

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
  if (problem.code !== 'insufficient_user_authentication' || path === proofPath) throw problem;
  await confirmIdentity({
    needsFactor: !acrValuesOf(problem).includes('aal1'),
    check: (proof) => request('POST', proofPath, { json: proof }),
  });
  return respond(method, path, options);
}

/** How the user may prove who they are (RFC 9470 3). */
function acrValuesOf({ document: { acr_values } }: Problem): string[] {
  return typeof acr_values === 'string' ? acr_values.split(' ') : [];
}
