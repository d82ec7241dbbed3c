import { AppError } from '../../errors.ts';
import type { Metrics } from '../../lib/metrics.ts';

const refusals = ['invalid_refresh_token', 'refresh_token_reused', 'session_ended'] as const;

/** Counts how refreshes end. The counters are there from the start, at zero. */
export function createRefreshCounters({ refreshes }: Metrics) {
  const counter = (outcome: string) => {
    const child = refreshes.labels({ outcome });
    child.inc(0);
    return child;
  };
  const success = counter('success');
  const failed = counter('failed');
  const refused = new Map<string, typeof failed>(refusals.map((code) => [code, counter(code)]));
  return {
    countSuccess(): void {
      success.inc();
    },
    countFailure(error: unknown): void {
      const code = error instanceof AppError ? error.code : '';
      (refused.get(code) ?? failed).inc();
    },
  };
}
