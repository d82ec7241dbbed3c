import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { MailDelivery } from '../lib/mail-delivery.ts';
import { InputError } from '../lib/operator-error.ts';
import type { SettingValues } from '../settings/registry.ts';
import { pinnedSettings } from '../settings/settings.ts';
import { terminal } from '../terminal/terminal.ts';
import {
  type ConfigFlags,
  type ConfigName,
  configLabel,
  configOptions,
  givenConfig,
} from './config-options.ts';
import { type DatabaseConfig, readDatabaseConfig, readMoveTarget } from './database-config.ts';
import { lookAt } from './file-access.ts';
import { readMailDelivery } from './mail-config.ts';
import { type GivenMailTexts, readMailTextsFile } from './mail-texts-config.ts';
import {
  parsePort,
  readCorsHeaders,
  readCorsOrigins,
  readPublicUrl,
  readTrustedProxies,
} from './network-config.ts';
import { type PasskeyConfig, readPasskeys } from './passkey-config.ts';
import { readFallbacks, readSecret } from './secret-config.ts';

export type { ConfigFlags };

type NameWithDefault = {
  [Name in ConfigName]: (typeof configOptions)[Name] extends { default: string } ? Name : never;
}[ConfigName];

/** What cannot change while a process runs. Flags come before the environment. */
export interface Config extends PasskeyConfig {
  readonly host: string;
  readonly port: number;
  /** Where people reach the server, with a slash at its end; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  /** How many processes serve behind the port. */
  readonly workers: number;
  /** Ips, networks, or names of networks. */
  readonly trustedProxies: readonly string[];
  /** The other origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** Request headers that they may send beside the usual ones. */
  readonly corsHeaders: readonly string[];
  /** Where metrics and health are served; undefined: nowhere. */
  readonly metrics: MetricsListener | undefined;
  readonly dataDir: string;
  readonly database: DatabaseConfig;
  /** The target of a move; undefined if none is set. */
  readonly moveTo: DatabaseConfig | undefined;
  /** Undefined: generated at the first start and kept in the data folder. */
  readonly secretKey: string | undefined;
  /** Older secrets that are still accepted, beside those in the data folder. */
  readonly secretKeyFallbacks: readonly string[];
  /** The `iss` and the `aud` of access tokens; undefined: they have none. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** Where breached passwords are looked up. */
  readonly breachRangeUrl: string;
  /** How mail leaves the server; undefined: there is none. */
  readonly mail: MailDelivery | undefined;
  /** What mails say, where a file has it. */
  readonly mailTexts: GivenMailTexts;
  /** The settings that the environment holds fast. */
  readonly pinned: Partial<SettingValues>;
  readonly logLevel: (typeof logLevels)[number];
}

export interface MetricsListener {
  readonly host: string;
  readonly port: number;
  /** The user asked for this port: if it is taken, that is an error. */
  readonly isPortGiven: boolean;
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const maxWorkers = 64;
/** The longest issuer or audience: nothing needs a longer name. */
const maxPartyLength = 255;

/** All errors of the configuration, each with its solution. Exit status 2. */
export class ConfigError extends InputError {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The configuration has errors:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads the configuration from flags and environment.
 *
 * @throws ConfigError that names every error at once
 */
export function readConfig(
  flags: ConfigFlags,
  environment: NodeJS.ProcessEnv = terminal().env,
): Config {
  const problems = blankFlags(flags);
  const given = (name: ConfigName) => givenConfig(name, flags, environment);
  const read = (name: NameWithDefault) => given(name) ?? configOptions[name].default;
  const dataDir = resolve(read('data'));
  const database = readDatabaseConfig(given, dataDir, problems);
  const { pinned, problems: settingProblems } = pinnedSettings(environment);
  const place = {
    host: read('host'),
    publicUrl: readPublicUrl(given('publicUrl'), problems),
    trustedProxies: readTrustedProxies(given('trustedProxies'), problems),
  };
  const config: Config = {
    ...place,
    port: parsePort('port', read('port'), problems),
    ...readPasskeys(given, place.publicUrl, problems),
    mail: readMailDelivery(given, place, problems),
    mailTexts: readMailTextsFile(given('mailTexts'), problems),
    workers: readWorkers(read('workers'), database, problems),
    corsOrigins: readCorsOrigins(given('corsOrigins'), problems),
    corsHeaders: readCorsHeaders(given('corsHeaders'), problems),
    metrics:
      read('metricsPort') === 'off'
        ? undefined
        : {
            host: read('metricsHost'),
            port: parsePort('metricsPort', read('metricsPort'), problems),
            isPortGiven: given('metricsPort') !== undefined,
          },
    dataDir,
    database,
    moveTo: readMoveTarget(given, problems),
    secretKey: readSecret(given('secretKey'), problems),
    secretKeyFallbacks: readFallbacks(given('secretKeyFallbacks'), problems),
    issuer: readIssuer(given('issuer'), problems),
    audience: readAudience(given('audience'), problems),
    breachRangeUrl: readRangeUrl(read('breachRangeUrl'), problems),
    pinned,
    logLevel: readLogLevel(read('logLevel'), problems),
  };
  problems.push(...settingProblems);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** A flag that got a shell variable that is not set: it would mean every ip, or the working folder. */
function blankFlags(flags: ConfigFlags): string[] {
  const names = ['data', 'database', 'to', 'host', 'metricsHost'] as const;
  return names
    .filter((name) => flags[name]?.trim() === '')
    .map((name) => `${configLabel(name)}: it is empty. Give a value, or leave it out.`);
}

function readWorkers(text: string, { engine }: DatabaseConfig, problems: string[]): number {
  const workers = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (workers < 1 || workers > maxWorkers) {
    problems.push(`${configLabel('workers')}: "${text}" is not a number from 1 to ${maxWorkers}.`);
    return 1;
  }
  if (workers > 1 && engine === 'sqlite') {
    problems.push(
      `${configLabel('workers')}: on SQLite one process serves, for the file has one writer and all ` +
        'others would wait for it. Leave it out, or run on PostgreSQL: LATCHKEY_DATABASE_URL=postgres://…',
    );
  }
  return workers;
}

/** An http(s) URL without query and fragment (RFC 8414 2), which others compare by its letters. */
function readIssuer(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const isUrl =
    text.length <= maxPartyLength && /^https?:\/\/[^\s?#]+$/.test(text) && URL.canParse(text);
  if (!isUrl) {
    problems.push(
      `${configLabel('issuer')}: "${text}" is not a valid issuer. Give the public URL of this server, ` +
        'such as https://auth.example.com.',
    );
  }
  return text;
}

/** A name, or a URI where it has a colon (RFC 7519 2). */
function readAudience(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const isName = text.length <= maxPartyLength && /^[!-~]+$/.test(text);
  if (!isName || (text.includes(':') && !URL.canParse(text))) {
    problems.push(
      `${configLabel('audience')}: "${text}" is not a valid audience. Give one name, or the URL of the ` +
        'API that the tokens are for.',
    );
  }
  return text;
}

function readRangeUrl(url: string, problems: string[]): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:') {
    problems.push(
      `${configLabel('breachRangeUrl')}: "${url}" is not a URL. Give one that five digits can be ` +
        `put behind, such as ${configOptions.breachRangeUrl.default}`,
    );
  }
  return url;
}

function readLogLevel(text: string, problems: string[]): Config['logLevel'] {
  const level = logLevels.find((known) => known === text);
  if (level) return level;
  problems.push(`${configLabel('logLevel')}: "${text}" is none of ${logLevels.join(', ')}.`);
  return 'info';
}

/**
 * Makes the data folder, for its owner alone, if there is none.
 *
 * @throws ConfigError if it cannot be made
 */
export function ensureDataDir(dataDir: string): void {
  try {
    const found = lookAt(dataDir);
    if (found?.isDirectory()) return;
    if (found) throw new Error('it is a file');
    makeFolder(dataDir);
    chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new ConfigError([
      `${configLabel('data')}: cannot make ${dataDir} (${(error as Error).message}). ` +
        'Name a folder that this user may write to.',
    ]);
  }
}

/**
 * Makes a folder and those above it. (Where the system has none at a place that is there, as in /proc,
 * Node's `recursive` never ends.)
 */
function makeFolder(path: string): void {
  if (!lookAt(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!lookAt(path)?.isDirectory()) throw error; // else another process has made it meanwhile
  }
}
