import type { Command } from 'commander';
import { isOfPlatform } from './platform-variables.ts';

/**
 * All configuration: what a flag or the environment says once, at the start. The flags of the
 * commands, the reading of the environment, and the reference page are made from this.
 */

interface ConfigOption {
  /** As commander writes it; absent where a flag would show a secret to everybody on the machine. */
  readonly flag?: string;
  /** The environment variable. A flag comes before it. */
  readonly variable: string;
  readonly default?: string;
  /** One sentence, without its full stop. */
  readonly text: string;
}

export const configOptions = {
  data: {
    flag: '--data <folder>',
    variable: 'LATCHKEY_DATA_DIR',
    default: './data',
    text: 'the data folder',
  },
  database: {
    flag: '--database <url>',
    variable: 'LATCHKEY_DATABASE_URL',
    text: 'the database, postgres://… or sqlite:…; without it latchkey.db in the data folder',
  },
  databasePoolSize: {
    variable: 'LATCHKEY_DATABASE_POOL_SIZE',
    default: '10',
    text: 'PostgreSQL: how many connections one process may have, 1 to 1000',
  },
  databaseStatementTimeout: {
    variable: 'LATCHKEY_DATABASE_STATEMENT_TIMEOUT',
    default: '5',
    text: 'PostgreSQL: how many seconds a statement may take, 0 for the default of the database',
  },
  databaseLockTimeout: {
    variable: 'LATCHKEY_DATABASE_LOCK_TIMEOUT',
    default: '2',
    text: 'PostgreSQL: how many seconds a statement may wait for another, 0 for the default of the database',
  },
  to: {
    flag: '--to <url>',
    variable: 'LATCHKEY_MOVE_TO',
    text: 'the target of "latchkey move", an empty database: postgres://… or sqlite:…',
  },
  secretKey: {
    variable: 'LATCHKEY_SECRET_KEY',
    text: 'the secret that signs tokens, at least 32 bytes; without it the server creates one in the data folder',
  },
  secretKeyFallbacks: {
    variable: 'LATCHKEY_SECRET_KEY_FALLBACKS',
    text:
      'older secrets whose tokens are still valid, separated by commas or spaces, at most 8; put a ' +
      'secret that contains commas or spaces in double quotes',
  },
  issuer: {
    flag: '--issuer <url>',
    variable: 'LATCHKEY_ISSUER',
    text: 'the public URL of this server: the "iss" of access tokens. Tokens with another "iss" are refused',
  },
  audience: {
    flag: '--audience <name>',
    variable: 'LATCHKEY_AUDIENCE',
    text: 'the "aud" of access tokens. Tokens with another "aud" are refused',
  },
  host: {
    flag: '--host <host>',
    variable: 'LATCHKEY_HOST',
    default: '127.0.0.1',
    text: 'the host name or IP to listen on',
  },
  port: {
    flag: '--port <number>',
    variable: 'LATCHKEY_PORT',
    default: '8000',
    text: 'the port to listen on, 0 for any free one',
  },
  publicUrl: {
    flag: '--public-url <url>',
    variable: 'LATCHKEY_PUBLIC_URL',
    text:
      'where people reach this server, such as https://auth.example.com or https://example.com/auth/; ' +
      'links begin with it',
  },
  passkeyRpId: {
    variable: 'LATCHKEY_PASSKEY_RP_ID',
    text:
      'the domain that passkeys are for (RP ID), such as example.com; without it the host of the public URL. If you ' +
      'change it, existing passkeys cannot be used any more',
  },
  passkeyOrigins: {
    variable: 'LATCHKEY_PASSKEY_ORIGINS',
    text:
      'the other origins whose pages and apps may use passkeys, such as https://app.example.com or ' +
      'android:apk-key-hash:…, separated by commas',
  },
  passkeyFormerRpIds: {
    variable: 'LATCHKEY_PASSKEY_FORMER_RP_IDS',
    text:
      'earlier RP IDs of this server that you have given up, separated by commas: it starts although they have ' +
      'passkeys, which nobody can use any more',
  },
  workers: {
    flag: '--workers <number>',
    variable: 'LATCHKEY_WORKERS',
    default: '1',
    text: 'how many processes serve behind the port, 1 to 64; more than one requires PostgreSQL',
  },
  trustedProxies: {
    flag: '--trusted-proxies <list>',
    variable: 'LATCHKEY_TRUSTED_PROXIES',
    text:
      'the proxies whose X-Forwarded-For is believed: IPs, networks such as 10.0.0.0/8, or ' +
      'loopback, linklocal, uniquelocal; separated by commas',
  },
  corsOrigins: {
    flag: '--cors-origins <list>',
    variable: 'LATCHKEY_CORS_ORIGINS',
    text: 'the other origins whose pages may call the API, such as https://app.example.com, separated by commas',
  },
  corsHeaders: {
    flag: '--cors-headers <list>',
    variable: 'LATCHKEY_CORS_HEADERS',
    text:
      'more request headers that pages of those origins may send, such as sentry-trace or baggage, ' +
      'separated by commas',
  },
  metricsHost: {
    flag: '--metrics-host <host>',
    variable: 'LATCHKEY_METRICS_HOST',
    default: '127.0.0.1',
    text: 'the host name or IP that metrics and health are served on',
  },
  metricsPort: {
    flag: '--metrics-port <number>',
    variable: 'LATCHKEY_METRICS_PORT',
    default: '9464',
    text: 'the port that metrics and health are served on, 0 for any free one, "off" for none',
  },
  breachRangeUrl: {
    variable: 'LATCHKEY_BREACH_RANGE_URL',
    default: 'https://api.pwnedpasswords.com/range/',
    text: 'where `PASSWORD_BREACH_CHECK` looks passwords up; five digits of a hash are appended to it',
  },
  smtpUrl: {
    variable: 'LATCHKEY_SMTP_URL',
    text:
      'the server that mail is sent through, smtp://USER:PASSWORD@HOST:587 or smtps://…; without it mail ' +
      'stays in the outbox if only this machine can reach the server, and otherwise there is no mail',
  },
  mailFrom: {
    variable: 'LATCHKEY_MAIL_FROM',
    text: 'the sender of mails, such as Example <no-reply@example.com>',
  },
  mailTexts: {
    variable: 'LATCHKEY_MAIL_TEXTS',
    text: 'a JSON file with texts of mails, for other languages or to replace texts: {"fr": {…}}',
  },
  mailBounces: {
    variable: 'LATCHKEY_MAIL_BOUNCES',
    text:
      'the email that undeliverable mail returns to, such as bounces@example.com; its mail server must pass mail to ' +
      'bounces+…@example.com on to "latchkey mail bounce"',
  },
  logLevel: {
    flag: '--log-level <level>',
    variable: 'LATCHKEY_LOG_LEVEL',
    default: 'info',
    text: 'debug, info, warn, error or silent',
  },
} as const satisfies Record<string, ConfigOption>;

export type ConfigName = keyof typeof configOptions;

/** The flags of a command line, as commander hands them over. */
export type ConfigFlags = {
  readonly [Name in ConfigName as (typeof configOptions)[Name] extends { flag: string }
    ? Name
    : never]?: string;
};

/** Gives a command the flags of some configuration. */
export function addConfigFlags(
  command: Command,
  ...names: readonly (keyof ConfigFlags)[]
): Command {
  for (const name of names) {
    const option: ConfigOption & { readonly flag: string } = configOptions[name];
    const fallback = option.default === undefined ? '' : `; default ${option.default}`;
    command.option(option.flag, `${option.text} (${option.variable}${fallback})`);
  }
  return command;
}

/** How an error message names one piece of configuration: `--port / LATCHKEY_PORT`. */
export function configLabel(name: ConfigName): string {
  const { flag, variable }: ConfigOption = configOptions[name];
  return flag === undefined ? variable : `${flag.split(' ', 1)[0]} / ${variable}`;
}

/** The value of a piece of configuration; undefined if it is not set. */
export type Given = (name: ConfigName) => string | undefined;

/** The value of one piece of configuration: of its flag, else of the environment. */
export function givenConfig(
  name: ConfigName,
  flags: ConfigFlags,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const flag = (flags as Partial<Record<ConfigName, string>>)[name];
  if (flag !== undefined) return flag;
  const { variable } = configOptions[name];
  const value = environment[variable];
  return value && !isOfPlatform(variable, value) ? value : undefined;
}
