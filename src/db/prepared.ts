import { createHash } from 'node:crypto';
import type { CompiledQuery, DialectAdapter, QueryResult } from 'kysely';
import type { Answer } from '../lib/answer.ts';
import type { Database, Db, SqliteDatabase } from './database.ts';

/** Takes the place of a value that comes with each call. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** `execute` is never called: the type of what it gives is the only one of a builder that says the columns of its rows. */
interface Compilable<Row> {
  compile(): CompiledQuery;
  execute(): Promise<Row[]>;
}

type Param<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name];

/**
 * Compiles a query once and gives a function that runs it with the values of a call. For the hot
 * paths: building a query costs more than running it.
 *
 * @param build builds the query; `param('x')` stands where the value of `x` goes
 */
export function prepareQuery<Values extends object, Row>(
  database: Database,
  build: (param: Param<Values>) => Compilable<Row>,
): (values: Values) => Answer<Row[]> {
  const { query, parametersOf } = prepare(build);
  return (values) => database.run({ ...query, parameters: parametersOf(values) });
}

/**
 * The same for a query that is run once for each of a batch, as one transaction.
 *
 * @returns gives the first row of each
 */
export function prepareEach<Values extends object, Row>(
  { runEach }: SqliteDatabase,
  build: (param: Param<Values>) => Compilable<Row>,
): (batch: readonly Values[]) => Promise<(Row | undefined)[]> {
  const { query, parametersOf } = prepare(build);
  return (batch) => runEach(query, batch.map(parametersOf));
}

/**
 * The same for a query that may join a transaction: compiled when it first runs on a database, and then
 * only run.
 */
export function compiledOnce<Values extends object, Row>(
  build: (db: Db, param: Param<Values>) => Compilable<Row>,
): (db: Db, values: Values) => Promise<QueryResult<Row>> {
  /** A transaction has the adapter of its database. */
  const prepared = new WeakMap<DialectAdapter, Prepared<Values, Row>>();
  return (db, values) => {
    const { adapter } = db.getExecutor();
    let known = prepared.get(adapter);
    if (!known) {
      known = prepare((param) => build(db, param));
      prepared.set(adapter, known);
    }
    return db.executeQuery({ ...known.query, parameters: known.parametersOf(values) });
  };
}

interface Prepared<Values, Row> {
  readonly query: CompiledQuery<Row>;
  parametersOf(values: Values): unknown[];
}

/** The texts of the queries that are compiled once, each with a name that says which text it is. */
const statementNames = new Map<string, string>();

/**
 * The name of a query for databases that prepare statements by name; undefined for one that is not compiled once,
 * because there are any number of those.
 */
export function statementName(text: string): string | undefined {
  return statementNames.get(text);
}

function prepare<Values extends object, Row>(
  build: (param: Param<Values>) => Compilable<Row>,
): Prepared<Values, Row> {
  const query = build((name) => new Placeholder(name) as never).compile() as CompiledQuery<Row>;
  const { parameters } = query;
  const digest = createHash('sha256').update(query.sql).digest('hex');
  statementNames.set(query.sql, `latchkey_${digest.slice(0, 32)}`);
  const parametersOf = (values: Values) =>
    parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    );
  return { query, parametersOf };
}
