/**
 * Whether this is `npm run test:long`: what can be repeated is repeated often then, and it is looked at whether
 * there was enough of everything. `npm test` takes a few rounds.
 */
export const isLong = process.env.TEST_LONG === '1';
