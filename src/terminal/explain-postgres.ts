import { AppError } from '../errors/index.ts';

/** What to do about an error of PostgreSQL, by its SQLSTATE, the system's code, or its words. */
const problems: readonly (readonly [pattern: RegExp, explain: (at: string) => string])[] = [
  [
    /^28/,
    (at) => `${at} refuses the user or the password. Check LATCHKEY_DATABASE_URL, or PGPASSWORD.`,
  ],
  [
    /^3D000$/,
    (at) =>
      `There is no such database: ${at}. As a superuser: "create database NAME owner USER". Or name another.`,
  ],
  [
    /^42501$/,
    (at) =>
      `The user of ${at} lacks a right. It must own its tables, and be allowed to create some. As a superuser, in ` +
      'that database: "grant create, usage on schema public to USER".',
  ],
  [
    /^25006$/,
    (at) => `${at} does not accept writes: it is a replica, or a former primary. Name the primary.`,
  ],
  [
    /^53300$/,
    (at) =>
      `All connections of ${at} are in use. Lower LATCHKEY_DATABASE_POOL_SIZE, or raise max_connections.`,
  ],
  [/^57P0[13]$/, (at) => `${at} is being started or stopped. Try again shortly.`],
  [
    /^55P03$/,
    (at) => `${at}: another transaction holds a lock. Nothing was changed; try again shortly.`,
  ],
  [/^57014$/, (at) => `${at} took longer than LATCHKEY_DATABASE_STATEMENT_TIMEOUT allows.`],
  [
    /unsupported startup parameter/,
    (at) =>
      `${at} is behind a pooler that does not accept time-outs from clients. Set ` +
      'LATCHKEY_DATABASE_STATEMENT_TIMEOUT and LATCHKEY_DATABASE_LOCK_TIMEOUT to 0, and the same for ' +
      'the user: "alter role USER set statement_timeout = \'5s\'".',
  ],
  [
    /channel binding|SASL: Only mechanism/,
    (at) =>
      `${at} does not prove that it knows the password: channel_binding=require needs a server with ` +
      'scram-sha-256. An attacker in between could cause this, too.',
  ],
  [/ECONNREFUSED|ENOENT/, (at) => `Nothing listens at ${at}. Is PostgreSQL running there?`],
  [/ENOTFOUND|EAI_AGAIN/, (at) => `The host of ${at} has no IP. Check its name.`],
  [
    /does not support SSL/,
    (at) => `${at} does not speak TLS. Switch it on there, or set sslmode=disable.`,
  ],
  [
    /CERT|SIGNED|SIGNATURE|ALTNAME/,
    (at) =>
      `The certificate of ${at} is not trusted. Name the file of the authority that signed it in sslrootcert.`,
  ],
  [
    /timeout|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    (at) => `${at} does not answer. Check its host and port, and the network between.`,
  ],
  [/Connection terminated|ECONNRESET|EPIPE/, (at) => `${at} has closed the connection.`],
];

/**
 * The meaning of an error of PostgreSQL for the user of the command; undefined for any other error.
 *
 * @param location without credentials
 */
export function explainPostgresError(error: unknown, location: string): string | undefined {
  for (const text of wordsOf(error)) {
    const found = problems.find(([pattern]) => pattern.test(text));
    if (found) return found[1](location);
  }
  return undefined;
}

/** Its code and message, then those of its cause. */
function wordsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const under = error instanceof AppError ? error.options.cause : error.cause;
  const code = 'code' in error && !(error instanceof AppError) ? [String(error.code)] : [];
  const own = error instanceof AppError ? [] : [...code, error.message];
  return [...own, ...wordsOf(under)];
}
