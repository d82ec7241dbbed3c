import type { Answer } from '../../../lib/answer.ts';
import { subjectKey, type TokenSubject } from './token-cipher.ts';

/**
 * Passes each token of a batch to a statement once: of two calls with the same token one wins.
 *
 * @param run returns a row for each token that it accepted, in any order
 * @returns the row of each call; undefined for one that was not accepted
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
