import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The limit of what SQLite and this disk can do: rows a second, changed by key in commits of so
 * many rows, each commit synced as the product syncs its own.
 */
export function rawRowsPerSecond(
  folder: string,
  options: { rows: number; rowsPerCommit: number; seconds: number },
): number {
  using db = new DatabaseSync(join(folder, `commits-${options.rowsPerCommit}.db`));
  db.exec('pragma journal_mode = wal; pragma synchronous = full');
  db.exec(
    'create table if not exists sessions (id integer primary key, generation, refreshed_at_ms, expires_at_ms)',
  );
  db.prepare(
    `insert or ignore into sessions select value, 0, 0, 0 from (
       with recursive n(value) as (select 1 union all select value + 1 from n where value < ?) select value from n
     )`,
  ).run(options.rows);
  const change = db.prepare(
    'update sessions set generation = generation + 1, refreshed_at_ms = ?, expires_at_ms = ? where id = ?',
  );
  const startedAt = performance.now();
  let done = 0;
  while (performance.now() < startedAt + options.seconds * 1000) {
    db.exec('begin immediate');
    for (let i = 0; i < options.rowsPerCommit; i += 1) {
      done += 1;
      change.run(done, done, ((done * 7_919) % options.rows) + 1);
    }
    db.exec('commit');
  }
  return (done * 1000) / (performance.now() - startedAt);
}
