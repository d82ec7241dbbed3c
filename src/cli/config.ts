import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SettingValues } from '../settings/registry.ts';
import { pinnedSettings } from '../settings/settings.ts';
import {
  type ConfigFlags,
  type ConfigName,
  configLabel,
  configOptions,
  givenConfig,
} from './config-options.ts';

export type { ConfigFlags };

/** What cannot change while a process runs. Flags come before the environment. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where metrics and health are served; undefined: nowhere. */
  readonly metrics: MetricsAddress | undefined;
  readonly dataDir: string;
  /** The SQLite file. */
  readonly databasePath: string;
  /** Undefined: generated at the first start and kept in the data folder. */
  readonly secretKey: string | undefined;
  /** The settings that the environment holds fast. */
  readonly pinned: Partial<SettingValues>;
  readonly logLevel: (typeof logLevels)[number];
}

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
  /** Somebody asked for this port: if it is taken, that is a fault. */
  readonly isPortGiven: boolean;
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** HS256 wants a key at least as long as its hash (RFC 7518 3.2). */
const minSecretBytes = 32;

/** Every fault of the configuration, each with its mend. Exit status 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/**
 * Reads the configuration from flags and environment.
 *
 * @throws ConfigError that names every fault at once
 */
export function readConfig(
  flags: ConfigFlags,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const faults: string[] = [];
  const given = (name: ConfigName) => givenConfig(name, flags, environment);
  const read = (name: Exclude<ConfigName, 'database' | 'secretKey'>) =>
    given(name) ?? configOptions[name].default;
  const readPort = (name: 'port' | 'metricsPort') => parsePort(name, read(name), faults);
  const dataDir = resolve(read('data'));
  const { pinned, faults: settingFaults } = pinnedSettings(environment);
  const config: Config = {
    host: read('host'),
    port: readPort('port'),
    metrics:
      read('metricsPort') === 'off'
        ? undefined
        : {
            host: read('metricsHost'),
            port: readPort('metricsPort'),
            isPortGiven: given('metricsPort') !== undefined,
          },
    dataDir,
    databasePath: readDatabase(given('database'), dataDir, faults),
    secretKey: readSecret(given('secretKey'), faults),
    pinned,
    logLevel: readLogLevel(read('logLevel'), faults),
  };
  faults.push(...settingFaults);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function parsePort(name: 'port' | 'metricsPort', text: string, faults: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  const orOff = name === 'metricsPort' ? ', or "off"' : '';
  faults.push(
    `${configLabel(name)}: "${text}" is no port. Give a number from 0 (any free one) to 65535${orOff}.`,
  );
  return 0;
}

function readDatabase(url: string | undefined, dataDir: string, faults: string[]): string {
  if (url === undefined) return join(dataDir, 'latchkey.db');
  if (/^[a-z]+:\/\//i.test(url) && !url.startsWith('file:')) {
    faults.push(
      `${configLabel('database')}: this release runs on SQLite alone. Give "sqlite:PATH", or leave it out.`,
    );
  }
  return resolve(url.replace(/^(sqlite|file):(\/\/)?/, ''));
}

function readSecret(secret: string | undefined, faults: string[]): string | undefined {
  if (!secret) return undefined;
  if (Buffer.byteLength(secret) < minSecretBytes) {
    faults.push(
      `LATCHKEY_SECRET_KEY: shorter than ${minSecretBytes} bytes, which can be guessed. ` +
        'Make one with "openssl rand -base64 48", or leave it out to have one generated.',
    );
  }
  return secret;
}

function readLogLevel(text: string, faults: string[]): Config['logLevel'] {
  const level = logLevels.find((known) => known === text);
  if (level) return level;
  faults.push(`${configLabel('logLevel')}: "${text}" is none of ${logLevels.join(', ')}.`);
  return 'info';
}

/**
 * Makes the data folder, for its owner alone, where there is none.
 *
 * @throws ConfigError where it cannot be made
 */
export function ensureDataDir(dataDir: string): void {
  try {
    if (existsSync(dataDir)) {
      if (statSync(dataDir).isDirectory()) return;
      throw new Error('it is a file');
    }
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new ConfigError([
      `${configLabel('data')}: cannot make ${dataDir} (${(error as Error).message}). ` +
        'Name a folder that this user may write to.',
    ]);
  }
}

/** Where the generated secret is kept. */
export function secretKeyPath(dataDir: string): string {
  return join(dataDir, 'secret-key');
}

/**
 * The secret of the configuration, or the one in the data folder, generated where there is none.
 *
 * @throws ConfigError where the file cannot be read or written, or holds too little
 */
export function loadSecretKey({ secretKey, dataDir }: Config): string {
  if (secretKey !== undefined) return secretKey;
  const path = secretKeyPath(dataDir);
  try {
    // Whoever is first makes it; a second process that starts at the same time reads that one.
    writeFileSync(path, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ConfigError([`Cannot write ${path} (${(error as Error).message}).`]);
    }
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (Buffer.byteLength(secret) < minSecretBytes) {
    throw new ConfigError([
      `${path} holds less than ${minSecretBytes} bytes. Restore it from a copy; with a new one every ` +
        'session ends.',
    ]);
  }
  return secret;
}
