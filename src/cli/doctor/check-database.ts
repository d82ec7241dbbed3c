import { statSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { isOpenTo, isThere, isWritable } from '../../config/file-access.ts';
import type { MigrationStatus } from '../../db/migrate.ts';
import { inspectSqlite, type SqliteInspection } from '../../db/sqlite/inspect.ts';
import { serverPid } from '../../db/sqlite/server-lock.ts';
import type { Answer } from '../../lib/answer.ts';
import { bytesInWords, countOf, durationInWords } from '../../lib/words.ts';
import { type SettingName, type SettingValues, usableValue } from '../../settings/registry.ts';
import type { Settings } from '../../settings/settings.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { explainError } from '../../terminal/explain-error.ts';
import { refuseEmptied } from '../../workspace/open-database.ts';
import { clockAdvice } from './check-clock.ts';
import { examineFactors } from './check-factors.ts';
import { examineDroppedSecrets, examineOlderSecrets, examineSecretUse } from './check-secrets.ts';
import { examineSettings } from './check-settings.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The doctor's checks in and around the database. Nothing is made or changed. */
export async function examineDatabase(config: Config, databasePath: string): Promise<Finding[]> {
  try {
    refuseEmptied(databasePath, config.dataDir);
    if (!isThere(databasePath)) return [missing(databasePath)];
  } catch (error) {
    return [problem('database', explainError(error).text, 'Solve this first.')];
  }
  const findings = [examineFile(databasePath)];
  /** @returns whether there is no problem */
  const examine = async (check: string, look: () => Answer<Finding | Finding[]>) => {
    let found: Finding[];
    try {
      found = [await look()].flat();
    } catch (error) {
      const { text } = explainError(explainDatabaseError(error, databasePath));
      found = [problem(check, text, 'Solve this first.')];
    }
    findings.push(...found);
    return found.every(({ status }) => status !== 'problem');
  };
  await examine('server', () => examineServer(databasePath));
  let file: SqliteInspection | undefined;
  try {
    const isSound = await examine('integrity', () => {
      file = inspectSqlite(databasePath);
      return examineIntegrity(file);
    });
    if (!isSound || !file) return findings; // the contents of a damaged file cannot be trusted
    const database: SqliteInspection = file;
    const get: Settings['get'] = (name) => settingOf(database, config, name);
    await examine('references', () => examineReferences(database));
    let hasLog = false;
    let hasFactors = false;
    await examine('migrations', () => {
      const status = database.migrations();
      hasLog = status.applied.includes('0010-audit-log');
      hasFactors = status.applied.includes('0155-passkey-use');
      return examineMigrations(status);
    });
    if (hasLog) {
      await examine('secret key', () => examineSecretUse(config, database.db));
      await examine('older secrets', () => examineDroppedSecrets(config, database.db));
    }
    if (hasFactors) await examine('factors', () => examineFactors(config, database.db, get));
    await examine('newest row', () => examineNewestRow(database, Date.now()));
    await examine('settings', () => examineSettings(get));
    await examine('older secrets', () =>
      examineOlderSecrets(config, get('REFRESH_TOKEN_LIFETIME')),
    );
  } finally {
    file?.[Symbol.dispose]();
  }
  return findings;
}

function missing(path: string): Finding {
  return problem(
    'database',
    `there is none at ${path}`,
    'Name its folder with --data, make one with "latchkey migrate", or restore a backup.',
  );
}

function examineFile(path: string): Finding {
  const check = 'database';
  if (!isWritable(path)) {
    return problem(
      check,
      `this user cannot write to ${path}`,
      'Run the command as the owner of the file.',
    );
  }
  const open = [path, `${path}-wal`].find((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found !== undefined && isOpenTo(found.mode, 0o077);
  });
  if (open !== undefined) {
    return problem(
      check,
      `others may read ${open}, with emails and password hashes`,
      `Keep it for its owner: chmod 600 ${open}`,
    );
  }
  const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const size = bytesInWords(statSync(path).size + logBytes);
  const log = logBytes > 0 ? `, ${bytesInWords(logBytes)} of it in its log` : '';
  return ok(check, `${path}, ${size}${log}`);
}

function examineServer(path: string): Finding {
  const pid = serverPid(path);
  return ok('server', pid === undefined ? 'does not run' : `runs as process ${pid}`);
}

function examineIntegrity(file: SqliteInspection): Finding {
  const [damage] = file.integrityProblems();
  return damage === undefined
    ? ok('integrity', 'every page is sound')
    : problem(
        'integrity',
        `the database is damaged: ${damage}`,
        'Stop the server, and restore the newest backup: latchkey restore FILE --force',
      );
}

function examineReferences(file: SqliteInspection): Finding {
  const problems = file.foreignKeyProblems();
  return problems === 0
    ? ok('references', 'every row refers to one that is there')
    : problem(
        'references',
        problems === 1
          ? '1 row refers to one that is not there'
          : `${problems} rows refer to ones that are not there`,
        'The file was changed by another program. Restore a backup: latchkey restore FILE --force',
      );
}

export function examineMigrations({ applied, pending }: MigrationStatus): Finding {
  return pending.length === 0
    ? ok('migrations', `all ${applied.length} are applied`)
    : warning(
        'migrations',
        `${countOf(pending.length, 'migration')} to apply: ${pending.join(', ')}`,
        'Make a backup, then start the server, or run "latchkey migrate".',
      );
}

/** Machines that share a database, or a clock that is set while it runs, differ by so much. */
const clockToleranceMs = 60_000;

export function examineNewestRow(
  file: Pick<SqliteInspection, 'newestRowMs'>,
  nowMs: number,
): Finding {
  const check = 'newest row';
  const newestMs = file.newestRowMs();
  if (newestMs === undefined)
    return ok(check, 'has no time: there is no user, session or changed setting yet');
  const aheadMs = newestMs - nowMs;
  if (aheadMs <= clockToleranceMs) {
    const seconds = Math.max(0, Math.round(-aheadMs / 1000));
    return ok(check, `is ${durationInWords(seconds)} old`);
  }
  const ahead = durationInWords(Math.round(aheadMs / 1000));
  return problem(
    check,
    `is ${ahead} in the future: the clock was ahead then, or is behind now`,
    clockAdvice,
  );
}

function settingOf<Name extends SettingName>(
  file: SqliteInspection,
  { pinned }: Config,
  name: Name,
): SettingValues[Name] {
  const stored = file.storedSetting(name);
  return pinned[name] ?? usableValue(name, stored === undefined ? undefined : JSON.parse(stored));
}
