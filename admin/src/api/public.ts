import { Problem } from './problem.ts';
import { urlOf } from './server-url.ts';

/**
 * Asks what needs no session of this site.
 *
 * @throws Problem
 */
export function askPublicly<Answer = unknown>(
  path: string,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
}

/**
 * Reads something with a token that is not of this site's session.
 *
 * @throws Problem
 */
export function askWithToken<Answer>(path: string, token: string): Promise<Answer> {
  return ask(path, { headers: { authorization: `Bearer ${token}` } });
}

async function ask<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(urlOf(path), { ...init, credentials: 'omit' }).catch(() => {
    throw Problem.unreachable();
  });
  if (!response.ok) throw await Problem.of(response);
  return response.json();
}
