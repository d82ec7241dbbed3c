import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from '../config/config.ts';
import { maxFallbacks } from '../config/secret-config.ts';
import { minSecretBytes } from '../config/secret-strength.ts';
import { giveToOwnerOf, syncFolderOf } from '../db/sqlite/durable.ts';
import { CommandError } from '../terminal/command-error.ts';

/** The secret that a server works with, and the older ones that it still accepts. */
export interface SecretKeys {
  readonly secretKey: string;
  readonly secretKeyFallbacks: readonly string[];
}

/** Where the generated secret is kept: one a line, the current one first. */
export function secretKeyPath(dataDir: string): string {
  return join(dataDir, 'secret-key');
}

/** The secrets in the data folder, the current one first; undefined if there is no file. */
export function storedSecrets(dataDir: string): readonly string[] | undefined {
  const path = secretKeyPath(dataDir);
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/**
 * The secrets of the configuration and the data folder, if there are any.
 *
 * @throws ConfigError if the file cannot be read, or has too few or too many secrets
 */
function findSecretKeys(config: Config): SecretKeys | undefined {
  const { secretKey, secretKeyFallbacks, dataDir } = config;
  if (secretKey !== undefined) return secretKeys([secretKey, ...secretKeyFallbacks]);
  const stored = storedSecrets(dataDir);
  if (!stored) return undefined;
  const path = secretKeyPath(dataDir);
  if (stored.length === 0 || stored.some((secret) => Buffer.byteLength(secret) < minSecretBytes)) {
    throw new ConfigError([
      `${path} holds less than ${minSecretBytes} bytes. Restore it from a copy; with a new one every ` +
        'session ends.',
    ]);
  }
  if (stored.length > 1 + maxFallbacks) {
    throw new ConfigError([
      `${path} has more than ${maxFallbacks} older secrets below the first. Remove some lines.`,
    ]);
  }
  return secretKeys([...stored, ...secretKeyFallbacks]);
}

/**
 * All secrets, the current one first; empty if there are none.
 *
 * @throws ConfigError if the file cannot be read, or has too few or too many secrets
 */
export function knownSecrets(config: Config): readonly string[] {
  const found = findSecretKeys(config);
  return found ? [found.secretKey, ...found.secretKeyFallbacks] : [];
}

function secretKeys(all: readonly string[]): SecretKeys {
  const [secretKey = '', ...secretKeyFallbacks] = new Set(all);
  return { secretKey, secretKeyFallbacks };
}

/**
 * The secrets of the configuration and the data folder. One is generated if there is none.
 *
 * @throws ConfigError as `findSecretKeys`, or if the file cannot be written
 */
export function loadSecretKeys(config: Config): SecretKeys {
  const found = findSecretKeys(config);
  if (found) return found;
  const path = secretKeyPath(config.dataDir);
  try {
    // The first process creates it; a second one that starts at the same time reads it.
    writeFileSync(path, `${newSecret()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ConfigError([`Cannot write ${path} (${(error as Error).message}).`]);
    }
  }
  return findSecretKeys(config) as SecretKeys;
}

function newSecret(): string {
  return randomBytes(48).toString('base64url');
}

/**
 * Puts a new secret in front of those in the data folder.
 *
 * @returns the number of older secrets now
 * @throws CommandError if there is none to replace, or there would be too many
 */
export function rotateStoredSecret(dataDir: string): number {
  const stored = requireStored(dataDir);
  if (stored.length > maxFallbacks) {
    throw new CommandError(
      `There are ${maxFallbacks} older secrets already. Drop them first: latchkey secret retire`,
    );
  }
  writeSecrets(dataDir, [newSecret(), ...stored]);
  return stored.length;
}

/**
 * Drops the older secrets of the data folder.
 *
 * @returns how many there were
 */
export function retireStoredSecrets(dataDir: string): number {
  const [current = '', ...older] = requireStored(dataDir);
  if (older.length > 0) writeSecrets(dataDir, [current]);
  return older.length;
}

function requireStored(dataDir: string): readonly string[] {
  const stored = storedSecrets(dataDir);
  if (stored && stored.length > 0) return stored;
  throw new CommandError(
    `There is no secret in ${secretKeyPath(dataDir)}. It is made when the server starts for the ` +
      'first time; name its folder with --data.',
  );
}

/** Replaces the file, all of it or nothing, and waits until the disk has it. */
function writeSecrets(dataDir: string, secrets: readonly string[]): void {
  const path = secretKeyPath(dataDir);
  const next = `${path}.new`;
  const fd = openNew(next);
  try {
    writeFileSync(fd, `${secrets.join('\n')}\n`);
    fsyncSync(fd);
    giveToOwnerOf(path, next);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw new CommandError(`Cannot write ${path} (${(error as Error).message}).`);
  } finally {
    closeSync(fd);
  }
  syncFolderOf(path);
}

/** @throws CommandError if another process is changing it */
function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new CommandError(`Cannot write ${path} (${(error as Error).message}).`);
    }
    throw new CommandError(
      `${path} is there: another command changes the secrets, or one was cut short. In that case ` +
        'delete it; nothing uses it.',
    );
  }
}

/**
 * From when on nothing needs the older secrets of the data folder, if the server was restarted when
 * they were rotated: every session was refreshed since, or is over.
 *
 * @param sessionSeconds how long a session lives without being refreshed
 */
export function retirableAtMs(dataDir: string, sessionSeconds: number): number {
  return statSync(secretKeyPath(dataDir)).mtimeMs + sessionSeconds * 1000;
}
