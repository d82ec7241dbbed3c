import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';

/** The measurements of one process at one moment. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/**
 * Adds up the measurements of several processes. The counts of a process are kept when it ends, so that no sum goes
 * down because another one has replaced it: to Prometheus that would be a reset, and the rest of the sum a sudden
 * burst.
 */
export function createMetricsSum() {
  const latest = new Map<number, MetricsSnapshot>();
  const gone = new Set<number>();
  /** What those have counted that have ended. */
  let kept: Promise<MetricsSnapshot> = Promise.resolve([]);

  const add = (snapshots: readonly MetricsSnapshot[]) =>
    AggregatorRegistry.aggregate(snapshots as MetricObjectWithValues<MetricValue<string>>[][]);

  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    note(processId: number, snapshot: MetricsSnapshot): void {
      if (!gone.has(processId)) latest.set(processId, snapshot);
    },
    /** A process has ended: what it has counted stays, what it was does not. */
    noteEnd(processId: number): void {
      gone.add(processId);
      const counted = (latest.get(processId) ?? []).filter(({ type }) =>
        ['counter', 'histogram'].includes(String(type)),
      );
      latest.delete(processId);
      kept = kept.then((before) => add([before, counted]).getMetricsAsJSON());
    },
    /** The sums, as Prometheus reads them. */
    async text(): Promise<string> {
      return add([...latest.values(), await kept]).metrics();
    },
  };
}
