import { Problem } from '../api/problem.ts';
import { canKeep, keep, readKept } from '../data/kept.ts';

/** The parts of the site that are fetched when they are wanted. */

/** When it is looked whether the server is there, in milliseconds after each other. */
const delaysMs = [0, 500, 1_500];
/** When the page was last reloaded because of a part, in milliseconds since 1970. */
const reloadKey = 'latchkey-admin.reloaded-at';
const leastBetweenReloadsMs = 60_000;

/**
 * Fetches a part. A browser remembers that a part could not be fetched, so that only a new page helps: it is loaded
 * as soon as the server answers. That also helps where the server has no such part any more, because it was upgraded.
 *
 * @throws Problem `unreachable`, or `part_missing` if a new page did not help
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch {
    for (const delayMs of delaysMs) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!(await isServerThere())) continue;
      if (!mayReload()) throw Problem.partMissing();
      keep(reloadKey, String(Date.now()));
      return reload();
    }
    throw Problem.unreachable();
  }
}

/**
 * Reloads the page. If the server is away, that would leave a page of the browser itself.
 *
 * @throws Problem `unreachable`
 */
export async function reloadIfThere(): Promise<void> {
  if (!(await isServerThere())) throw Problem.unreachable();
  await reload();
}

/** Waits until the page is gone. */
function reload(): Promise<never> {
  location.reload();
  return new Promise(() => undefined);
}

function isServerThere(): Promise<boolean> {
  return fetch(location.pathname, { cache: 'no-store', credentials: 'omit' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Once in a while: where two versions answer in turn, the page must not be loaded for ever. */
function mayReload(): boolean {
  const lastMs = Number(readKept(reloadKey) ?? 0);
  return canKeep() && Math.abs(Date.now() - lastMs) > leastBetweenReloadsMs;
}
