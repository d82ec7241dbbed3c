import { AppError, endCauseTable } from '../../../errors/index.ts';
import type { Metrics } from '../../../http/metrics.ts';

const refusals = ['invalid_refresh_token', 'rate_limited', ...Object.keys(endCauseTable)];

export type RefreshCounters = ReturnType<typeof createRefreshCounters>;

/** Counts how refreshes end. The counters are there from the start, at zero. */
export function createRefreshCounters({ refreshes }: Metrics) {
  const counter = (outcome: string) => {
    const child = refreshes.labels({ outcome });
    child.inc(0);
    return child;
  };
  const pairs = { success: counter('success'), repeated: counter('repeated') };
  const refused = new Map(refusals.map((code) => [code, counter(code)]));
  const failed = counter('failed');
  return {
    /** A pair was issued: a new one, or the same one again for a retry. */
    countPair(outcome: keyof typeof pairs): void {
      pairs[outcome].inc();
    },
    countRefusal(error: unknown): void {
      const code = error instanceof AppError ? (error.options.endCause ?? error.code) : '';
      (refused.get(code) ?? failed).inc();
    },
  };
}
