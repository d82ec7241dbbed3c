import type { SqliteConnection } from './connection.ts';

/** How long what other processes commit may go unseen: no longer than it takes one of them to end. */
const lookEveryMs = 1;

/** The part of `Database` about changes. */
export interface Versions {
  version(): number;
  changes(): number;
  /** This process has committed what may change what is remembered. */
  noteCommit(): void;
  /** This process has changed settings or keys. */
  noteChange(): void;
}

/**
 * Counts what this process commits, and asks SQLite, by the connection that commits, whether others
 * have (https://sqlite.org/pragma.html#pragma_data_version).
 */
export function createVersions(writer: SqliteConnection): Versions {
  let version = 0;
  let changes = 0;
  let seen: number | undefined;
  let lookAtMs = 0;

  function look(): void {
    const nowMs = performance.now();
    if (nowMs < lookAtMs) return;
    lookAtMs = nowMs + lookEveryMs;
    const [row] = writer.all<{ data_version: number }>('pragma data_version');
    if (row?.data_version === seen) return;
    seen = row?.data_version;
    version += 1;
    changes += 1;
  }

  return {
    version() {
      look();
      return version;
    },
    changes() {
      look();
      return changes;
    },
    noteCommit() {
      version += 1;
    },
    noteChange() {
      changes += 1;
    },
  };
}
