import { endsConnection } from '../../../db/errors.ts';
import type { Answer } from '../../../lib/answer.ts';

/** Changes the sessions of a batch, each at most once; gives a row for each that it changed. */
type ChangeSessions<In, Row> = (batch: readonly In[]) => Answer<Row[]>;

/**
 * Makes sure that the outcome of a batch is known. A connection to PostgreSQL that breaks may have broken before the
 * commit or after it. The effects of a batch can be recognised by its marks, and running it again has no further
 * effect. So it is run again, and then it looks up what it has done, this time or before. If that fails too, nobody
 * knows, and the error says so. SQLite does not need it: there a failed batch was not done.
 *
 * A batch goes in the order of its sessions, so that the batches of two nodes do not wait for each other.
 *
 * @param find returns the rows of the calls whose marks are there
 */
export function withKnownOutcome<In extends { readonly sessionId: number }, Row>(
  change: ChangeSessions<In, Row>,
  find: ChangeSessions<In, Row>,
): ChangeSessions<In, Row> {
  return async (calls) => {
    const batch = calls.toSorted((a, b) => a.sessionId - b.sessionId);
    try {
      return await change(batch);
    } catch (error) {
      if (!endsConnection(error)) throw error;
    }
    await change(batch);
    return find(batch);
  };
}
