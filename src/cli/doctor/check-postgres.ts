import type { Config } from '../../config/config.ts';
import type { PostgresConfig } from '../../config/database-config.ts';
import type { Database } from '../../db/database.ts';
import { migrationStatus } from '../../db/migrate.ts';
import { inspectPostgres, type PostgresFacts } from '../../db/postgres/inspect.ts';
import { requireMigratable } from '../../db/postgres/prerequisites.ts';
import { countOfUnits, durationInWords } from '../../lib/words.ts';
import { openSettings } from '../../settings/settings.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { explainError } from '../../terminal/explain-error.ts';
import { openDatabase } from '../../workspace/open-database.ts';
import { clockAdvice } from './check-clock.ts';
import { examineMigrations } from './check-database.ts';
import { examineFactors } from './check-factors.ts';
import { examineOlderSecrets, examineSecretUse } from './check-secrets.ts';
import { examineSettings } from './check-settings.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The oldest release that still gets fixes. */
const oldestVersion = 14;

/** The doctor's checks in a PostgreSQL database. Nothing is made or changed. */
export async function examinePostgres(config: Config, at: PostgresConfig): Promise<Finding[]> {
  const database = await openDatabase(at);
  const findings: Finding[] = [];
  const examine = async (check: string, look: () => Promise<Finding[]>) => {
    try {
      findings.push(...(await look()));
    } catch (error) {
      const { text } = explainError(explainDatabaseError(error, at.location));
      findings.push(problem(check, text, 'Solve this first.'));
    }
  };
  try {
    await examine('database', () => examineServer(database, at));
    if (findings.some(({ check, status }) => check === 'database' && status === 'problem')) {
      return findings; // it does not answer
    }
    findings.push(examineSharedSecret(config));
    await examine('migrations', async () => {
      const status = await migrationStatus(database);
      if (status.pending.length > 0) await requireMigratable(database);
      return [examineMigrations(status)];
    });
    if (findings.some(({ check, status }) => check === 'migrations' && status !== 'ok')) {
      return findings;
    }
    await examine('secret key', () => examineSecretUse(config, database.db));
    const opened = openSettings(database, config.pinned);
    await examine('factors', async () => examineFactors(config, database.db, (await opened).get));
    await examine('settings', async () => {
      const settings = await opened;
      return [
        ...examineSettings(settings.get),
        ...examineOlderSecrets(config, settings.get('REFRESH_TOKEN_LIFETIME')),
      ];
    });
  } finally {
    await database.close();
  }
  return findings;
}

async function examineServer(database: Database, at: PostgresConfig): Promise<Finding[]> {
  const askedMs = Date.now();
  const facts = await inspectPostgres(database);
  const middleMs = (askedMs + Date.now()) / 2;
  return [
    examineVersion(facts, at.location),
    ...(at.url.isExposed ? [exposed] : []),
    examineWrites(facts),
    examineDurability(facts),
    examineSkew(facts.nowMs - middleMs),
    examineConnections(facts, at.poolSize),
  ];
}

function examineVersion({ version, versionNumber }: PostgresFacts, location: string): Finding {
  const message = `${location}, PostgreSQL ${version}`;
  return versionNumber >= oldestVersion * 10_000
    ? ok('database', message)
    : warning('database', `${message}, which is not looked after any more`, 'Upgrade it.');
}

const exposed = warning(
  'encryption',
  'the connection to another machine is not encrypted',
  'Add sslmode=verify-full to LATCHKEY_DATABASE_URL.',
);

function examineWrites({ isReadOnly }: PostgresFacts): Finding {
  return isReadOnly
    ? problem('writes', 'it takes none: it is a replica, or is set so', 'Name the primary.')
    : ok('writes', 'it takes them');
}

function examineDurability({ unsafe }: PostgresFacts): Finding {
  return unsafe.length === 0
    ? ok('durability', 'what was acknowledged is on its disk')
    : problem(
        'durability',
        `what was acknowledged may be lost: ${unsafe.join(', ')} is off`,
        'Switch it on in postgresql.conf: a session that was logged out could come back.',
      );
}

const skewLimitMs = 2_000;

/** Every node judges by its own clock whether a session has expired. */
function examineSkew(aheadMs: number): Finding {
  const check = 'clock skew';
  if (Math.abs(aheadMs) < skewLimitMs) return ok(check, 'agrees with that of the database');
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return problem(
    check,
    `the clock of the database is ${durationInWords(seconds)} ${aheadMs > 0 ? 'ahead' : 'behind'}`,
    clockAdvice,
  );
}

function examineConnections({ maxConnections }: PostgresFacts, poolSize: number): Finding {
  const nodes = Math.floor(maxConnections / poolSize);
  const message = `${poolSize} for each process, of ${maxConnections}: enough for ${countOfUnits(nodes, 'processes')}`;
  return nodes > 1
    ? ok('connections', message)
    : warning(
        'connections',
        message,
        'Lower LATCHKEY_DATABASE_POOL_SIZE, or put a pooler between.',
      );
}

function examineSharedSecret({ secretKey }: Config): Finding {
  return secretKey !== undefined
    ? ok('nodes', 'LATCHKEY_SECRET_KEY is given; every node must have the same')
    : warning(
        'nodes',
        'the secret key is in the data folder, which other machines do not have',
        'Before a second node starts, give all of them the same LATCHKEY_SECRET_KEY.',
      );
}
