export type { CountedGuess } from './guesses.ts';
export type { CountedAs } from './limit-windows.ts';
export { createLimits, type Limits } from './limits.ts';
export { countStored, findStoredEnd, uncountStored } from './rate-counts.queries.ts';
export { sweepRateCounts } from './sweep-rate-counts.ts';
