/** What a figure came to. */
export interface FigureResult {
  /** As it is named on the command line. */
  readonly figure: string;
  readonly title: string;
  readonly unit: '/s' | 's' | 'ms' | 'MB' | 'bytes';
  readonly measured: number | undefined;
  /** What this machine gave in the same run, and of what. Undefined: measured for itself alone. */
  readonly limit?: number | undefined;
  readonly limitName?: string;
  /** Measured to limit: the median of the rounds' own ratios. */
  readonly ratio?: number | undefined;
  /** Undefined: told for comparison. */
  readonly target?: string;
  readonly isMet?: boolean;
  /** Times of the requests and what they cost, by side. */
  readonly details?: Readonly<Record<string, Readonly<Record<string, number | undefined>>>>;
}

/** The results as a table for people. */
export function formatTable(results: readonly FigureResult[]): string {
  const rows = results.map((result) => [
    result.title,
    quantity(result.measured, result.unit),
    result.limit === undefined ? '' : `${quantity(result.limit, result.unit)} ${result.limitName}`,
    result.ratio?.toFixed(2) ?? '',
    result.target ?? '',
    result.isMet === undefined ? '' : result.isMet ? 'yes' : 'NO',
  ]);
  return layOut([['figure', 'measured', 'limit, same run', 'ratio', 'target', 'met'], ...rows]);
}

/** What lies behind the figures of requests: their times, and what each cost the server. */
export function formatDetails(results: readonly FigureResult[]): string {
  const rows = new Map<string, string[]>();
  for (const { figure, details = {} } of results) {
    for (const [side, of] of Object.entries(details)) {
      if (of.p50Ms === undefined) continue;
      const name = `${figure}: ${side}`;
      rows.set(name, [
        name,
        of.p50Ms.toFixed(2),
        of.p99Ms?.toFixed(2) ?? '',
        of.cpuMicros?.toFixed(1) ?? '',
        of.databaseMicros?.toFixed(1) ?? '',
        of.generatorCores?.toFixed(2) ?? '',
      ]);
    }
  }
  if (rows.size === 0) return '';
  const head = [
    'requests',
    'p50 ms',
    'p99 ms',
    'server CPU µs',
    'database CPU µs',
    'generator cores',
  ];
  return layOut([head, ...rows.values()]);
}

function quantity(value: number | undefined, unit: FigureResult['unit']): string {
  if (value === undefined) return 'unknown';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toLocaleString('en', { maximumFractionDigits: digits });
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`;
}

/** Rows in columns, the first one being their heads. */
export function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n`;
}
