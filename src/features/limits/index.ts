export type { CountedAs } from './guesses.ts';
export { createLimits, type Limits } from './limits.ts';
