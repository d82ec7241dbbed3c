import type { Answer } from '../../../lib/answer.ts';
import { subjectKey, type TokenSubject } from './token-cipher.ts';

/**
 * Lets a statement see each token of a batch once: of two calls with the same token one wins.
 *
 * @param run gives a row for each token that it accepted, in any order
 * @returns gives the row of each call; undefined for one that was not accepted
 */
export function onePerToken<In extends TokenSubject, Row extends TokenSubject>(
  run: (batch: readonly In[]) => Answer<Row[]>,
) {
  return async (batch: readonly In[]): Promise<(Row | undefined)[]> => {
    const winners = new Map<string, In>();
    for (const call of batch) {
      const key = subjectKey(call);
      if (!winners.has(key)) winners.set(key, call);
    }
    const calls = new Set(winners.values());
    const rows = await run([...calls]);
    const accepted = new Map(rows.map((row) => [subjectKey(row), row]));
    return batch.map((call) => (calls.has(call) ? accepted.get(subjectKey(call)) : undefined));
  };
}
