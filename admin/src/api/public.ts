import { Problem } from './problem.ts';

/**
 * Asks what needs no session.
 *
 * @throws Problem
 */
export async function askPublicly(path: string, json: unknown): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  }).catch(() => {
    throw Problem.unreachable();
  });
  if (!response.ok) throw await Problem.of(response);
}
