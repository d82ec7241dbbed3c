import type { KyselyPlugin } from 'kysely';
import type { Database } from '../src/db/database.ts';

/**
 * A database that gives the rows of a query without `order by` in another order than they were written in. No engine
 * promises that one; SQLite keeps to it nearly always and PostgreSQL most of the time, so that code or a test which
 * counts on it would fail once in a thousand runs. Not seen is what asks for one row with `limit 1`.
 */
export function inAnyOrder<D extends Database>(database: D): D {
  return {
    ...database,
    db: database.db.withPlugin(otherOrder),
    transact: (task, options) =>
      database.transact((trx) => task(trx.withPlugin(otherOrder)), options),
    transactTogether: (task) =>
      database.transactTogether((trx) => task(trx.withPlugin(otherOrder))),
  };
}

/** The ids of queries; one that was made of another has the id of that. */
const ordered = new WeakSet<object>();
const unordered = new WeakSet<object>();

const otherOrder: KyselyPlugin = {
  transformQuery({ node, queryId }) {
    if (node.kind !== 'SelectQueryNode') return node;
    (node.orderBy ? ordered : unordered).add(queryId);
    return node;
  },
  async transformResult({ result, queryId }) {
    if (!unordered.has(queryId) || ordered.has(queryId)) return result;
    const { rows } = result;
    return { ...result, rows: [...rows.slice(1), ...rows.slice(0, 1)] };
  },
};
