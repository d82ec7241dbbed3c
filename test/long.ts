/**
 * Whether this is `npm run test:long`: what can be repeated is repeated often then, and it is looked at whether
 * there was enough of everything. `npm test` takes a few rounds. A test that imports this file is in `test:long`
 * (`parts.ts`).
 */
export const isLong = process.env.TEST_LONG === '1';

/** How many runs a property gets in `test:long` on SQLite; elsewhere a share of them. */
export function runs(count: number): number {
  if (process.env.TEST_QUICK === '1') return Math.ceil(count / 20);
  const perEngine = process.env.LATCHKEY_TEST_ENGINE === 'postgres' ? count / 5 : count;
  return Math.ceil(isLong ? perEngine : perEngine / 4);
}
