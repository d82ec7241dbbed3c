import { type Query, request } from '../api/request.ts';

/**
 * Pages by their number, out of lists that know only where the next page begins. The beginnings that
 * were seen are kept, so that going on or back costs one request.
 */

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor?: string | null;
}

/** How many beginnings are kept, of all lists together. */
const maxKept = 500;
/** How far a page that nobody has come to yet is looked for. */
const maxSteps = 20;

const beginnings = new Map<string, string>();

export async function fetchPage<Item>(
  path: string,
  query: Query,
  { page, perPage }: { page: number; perPage: number },
  signal?: AbortSignal,
): Promise<{ items: readonly Item[]; hasNextPage: boolean }> {
  const list = JSON.stringify([path, query, perPage]);
  const keyOf = (n: number) => `${n} ${list}`;
  const ask = async (n: number) => {
    const cursor = n === 1 ? undefined : beginnings.get(keyOf(n));
    const answer = await request<Page<Item>>('GET', path, {
      query: { ...query, limit: perPage, cursor },
      signal,
    });
    if (answer.next_cursor) keep(keyOf(n + 1), answer.next_cursor);
    return answer;
  };

  let from = page;
  while (from > 1 && !beginnings.has(keyOf(from)) && page - from < maxSteps) from -= 1;
  if (from > 1 && !beginnings.has(keyOf(from))) return { items: [], hasNextPage: false };
  for (; from < page; from += 1) {
    if (!(await ask(from)).next_cursor) return { items: [], hasNextPage: false };
  }
  const { items, next_cursor } = await ask(page);
  return { items, hasNextPage: Boolean(next_cursor) };
}

function keep(key: string, cursor: string): void {
  beginnings.set(key, cursor);
  const oldest = beginnings.keys().next();
  if (beginnings.size > maxKept && !oldest.done) beginnings.delete(oldest.value);
}
