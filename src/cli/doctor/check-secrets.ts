import { statSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import type { DatabaseConfig } from '../../config/database-config.ts';
import { isOpenTo } from '../../config/file-access.ts';
import { isGuessable } from '../../config/secret-strength.ts';
import type { Db } from '../../db/database.ts';
import { serverPid } from '../../db/sqlite/server-lock.ts';
import { findLastOfKind } from '../../features/platform/audit/index.ts';
import { countLostSessions } from '../../features/sign-in/sessions/index.ts';
import { countOf, durationInWords } from '../../lib/words.ts';
import { oldSecretAdvice } from '../../server/warn-at-start.ts';
import { moment } from '../../terminal/output.ts';
import {
  knownSecrets,
  retirableAtMs,
  secretKeyPath,
  storedSecrets,
} from '../../workspace/secret-keys.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The doctor's checks of the secrets. It never prints them. */
export function examineSecret({ dataDir, secretKey, secretKeyFallbacks }: Config): Finding[] {
  const check = 'secret key';
  const path = secretKeyPath(dataDir);
  const stored = storedSecrets(dataDir);
  const findings: Finding[] = [];
  const accepted = [...(secretKey === undefined ? (stored ?? []) : [secretKey])];
  if (accepted.length === 0) {
    return [ok(check, 'there is none; the start makes one')];
  }
  if ([...accepted, ...secretKeyFallbacks].some(isGuessable)) {
    findings.push(
      problem(
        check,
        'can be guessed; who does can sign in as anybody',
        'Make one with "openssl rand -base64 48", and keep this one out of the fallbacks: ' +
          'everybody signs in again.',
      ),
    );
  }
  if (stored && isOpenTo(statSync(path).mode, 0o077)) {
    findings.push(
      problem(check, `others may read ${path}`, `Keep it for its owner: chmod 600 ${path}`),
    );
  }
  if (secretKey !== undefined && stored && stored[0] !== secretKey) {
    findings.push(
      warning(
        check,
        `LATCHKEY_SECRET_KEY is used; ${path} holds another one`,
        'Remove the one that is not meant: were the variable lost, everybody would have to sign in again.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  const where = secretKey === undefined ? path : 'LATCHKEY_SECRET_KEY';
  return [ok(check, `is in ${where}; keep a copy of it`)];
}

/** Whether the database was used with a secret that is not here. */
export async function examineSecretUse(config: Config, db: Db): Promise<Finding[]> {
  const check = 'secret key';
  const secretKeys = knownSecrets(config);
  const lost = await countLostSessions(db, secretKeys, Date.now());
  if (!lost) return [];
  const { count, sinceMs } = lost;
  const sessions = `${countOf(count, 'session')} will not be refreshed`;
  if (sinceMs !== undefined) {
    if (count === 0) return []; // all of them signed in again, or are over
    const message = `another one was put in its place, ${moment(sinceMs)}: ${sessions}`;
    return [problem(check, message, `${fallbackAdvice} Otherwise their clients sign in again.`)];
  }
  if (secretKeys.length === 0) {
    return [
      problem(
        check,
        `is not here, and the database was used with one: ${sessions} with another`,
        'Put secret-key back, or give the doctor the LATCHKEY_SECRET_KEY of the server.',
      ),
    ];
  }
  const message = `is not the one that the database was used with: ${sessions}`;
  return [problem(check, message, oldSecretAdvice)];
}

const fallbackAdvice =
  'If the old one is anywhere, name it in LATCHKEY_SECRET_KEY_FALLBACKS and restart the server.';

/**
 * Whether older secrets are still needed. A session that is refreshed gets a token of the current secret. So after
 * the longest time that a session lives without a refresh, no token of an older secret is left.
 */
export function examineOlderSecrets(config: Config, sessionSeconds: number): Finding[] {
  const check = 'older secrets';
  const findings: Finding[] = [];
  const older =
    config.secretKey === undefined ? (storedSecrets(config.dataDir)?.slice(1) ?? []) : [];
  if (older.length > 0) {
    const rotatedMs = statSync(secretKeyPath(config.dataDir)).mtimeMs;
    if (isServedSinceBefore(config.database, rotatedMs)) {
      findings.push(
        warning(
          check,
          'the server was not restarted since the secret was rotated, and works with the older one',
          'Restart it.',
        ),
      );
    }
    const dueMs = retirableAtMs(config.dataDir, sessionSeconds);
    const are = `${countOf(older.length, 'older secret')} in the data folder:`;
    findings.push(
      dueMs > Date.now()
        ? ok(check, `${are} needed until ${moment(dueMs)} at least`)
        : warning(
            check,
            `${are} nothing needs them any more if the server was restarted since`,
            'Drop them: latchkey secret retire',
          ),
    );
  }
  const { secretKeyFallbacks } = config;
  if (secretKeyFallbacks.length > 0) {
    const count = countOf(secretKeyFallbacks.length, 'older secret');
    findings.push(
      ok(
        check,
        `${count} in LATCHKEY_SECRET_KEY_FALLBACKS: each can go ${durationInWords(sessionSeconds)} ` +
          'after the last server was restarted with a newer one',
      ),
    );
  }
  return findings;
}

/** Whether a server runs that still accepts what was dropped; it may work with nothing else. */
export async function examineDroppedSecrets({ database }: Config, db: Db): Promise<Finding[]> {
  const droppedMs = await findLastOfKind(db, 'secret.retired');
  if (droppedMs === undefined || !isServedSinceBefore(database, droppedMs)) return [];
  const message = 'the server was not restarted since some were dropped, and still accepts them';
  return [warning('older secrets', message, 'Restart it.')];
}

/** Whether a server runs that has read its secret before a moment. It writes its lock at the start. */
function isServedSinceBefore(database: DatabaseConfig, ms: number): boolean {
  if (database.engine === 'postgres' || serverPid(database.path) === undefined) return false;
  const lock = statSync(`${database.path}.lock`, { throwIfNoEntry: false });
  return lock !== undefined && lock.mtimeMs < ms;
}
