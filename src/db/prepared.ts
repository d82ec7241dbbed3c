import type { CompiledQuery } from 'kysely';
import type { Answer } from '../lib/answer.ts';
import type { Database } from './database.ts';

/** Stands in a query for a value that comes with each call. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Compilable<Row> = { compile(): CompiledQuery<Row> };

/**
 * Compiles a query once and gives a function that runs it with the values of a call. For the hot
 * paths: building a query costs more than running it.
 *
 * @param build builds the query; `param('x')` stands where the value of `x` goes
 */
export function prepareQuery<Values extends Record<string, unknown>, Row>(
  database: Database,
  build: (
    param: <Name extends keyof Values & string>(name: Name) => Values[Name],
  ) => Compilable<Row>,
): (values: Values) => Answer<Row[]> {
  const query = build((name) => new Placeholder(name) as never).compile();
  const { parameters } = query;
  return (values) =>
    database.run({
      ...query,
      parameters: parameters.map((parameter) =>
        parameter instanceof Placeholder ? values[parameter.name] : parameter,
      ),
    });
}
