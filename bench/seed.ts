import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSigner } from 'fast-jwt';
import { sql } from 'kysely';
import { applyMigrations } from '../src/db/migrate.ts';
import { openPostgres } from '../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../src/db/sqlite/sqlite-database.ts';
import {
  type HashParameters,
  hashPassword,
} from '../src/features/identity/passwords/password-hashes.ts';
import { createTokenCipher } from '../src/features/sign-in/sessions/token-cipher.ts';
import { registry } from '../src/settings/registry.ts';
import { secretKeyPath } from '../src/workspace/secret-keys.ts';

/** A data folder full of users, each signed in once, and the tokens and passwords to use them. */
export interface Seeded {
  readonly dataDir: string;
  /** Undefined: SQLite, in the folder. */
  readonly databaseUrl?: string;
  readonly users: number;
  /** Of all users. */
  readonly passwordHash: string;
  /** As many as are asked for, of users from all over the table. */
  accessTokens(count: number): string[];
  refreshTokens(count: number): string[];
  emails(count: number): string[];
}

/** The first user is a superuser. */
export const superuserId = 1;
/** A role that every second user has. */
export const roleOfHalf = 1;

export const password = 'correct horse battery staple';

/** What the server hashes with as long as nobody changes it. */
export const standardHash: HashParameters = {
  memoryCost: registry.PASSWORD_HASH_MEMORY.default,
  timeCost: registry.PASSWORD_HASH_PASSES.default,
  parallelism: registry.PASSWORD_HASH_LANES.default,
};

/** Makes a data folder with so many users and sessions: a million take some seconds. */
export async function seed(folder: string, users: number): Promise<Seeded> {
  const seeded = makeFolder(folder, users);
  const path = join(seeded.dataDir, 'latchkey.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  await database.close();
  insertUsers(path, users, seeded.passwordHash);
  return seeded;
}

/** The same in an empty database of PostgreSQL. */
export async function seedPostgres(
  folder: string,
  users: number,
  databaseUrl: string,
): Promise<Seeded> {
  const seeded = makeFolder(folder, users);
  const database = openPostgres(databaseUrl, { statementLimitMs: 600_000 });
  await applyMigrations(database);
  const numbers = sql`generate_series(1, ${sql.lit(users)}) as n(id)`;
  const now = sql.lit(Date.now());
  const expires = sql.lit(Date.now() + 30 * 86_400_000);
  const hash = sql.lit(seeded.passwordHash);
  const statements = [
    sql`insert into users (id, email, email_normalized, username, password_hash, is_superuser, created_at_ms, updated_at_ms)
      overriding system value select id, 'user' || id || '@example.com', 'user' || id || '@example.com',
        'user' || id, ${hash}, case when id = ${sql.lit(superuserId)} then 1 else 0 end, ${now} - id, ${now} from ${numbers}`,
    sql`insert into sessions (id, user_id, created_at_ms, refreshed_at_ms, expires_at_ms)
      overriding system value select id, id, ${now}, ${now}, ${expires} from ${numbers}`,
    sql`insert into roles (id, name, created_at_ms, updated_at_ms)
      overriding system value values (${sql.lit(roleOfHalf)}, 'half', ${now}, ${now})`,
    sql`insert into role_permissions (role_id, permission) values (${sql.lit(roleOfHalf)}, 'invoices.approve')`,
    sql`insert into user_roles (user_id, role_id) select id, ${sql.lit(roleOfHalf)} from ${numbers} where id % 2 = 0`,
    sql`select setval(pg_get_serial_sequence('roles', 'id'), ${sql.lit(roleOfHalf)})`,
    ...['users', 'sessions'].map(
      (table) =>
        sql`select setval(pg_get_serial_sequence(${sql.lit(table)}, 'id'), ${sql.lit(users)})`,
    ),
    ...['users', 'sessions', 'user_roles'].map((table) => sql`vacuum analyze ${sql.table(table)}`),
    sql`checkpoint`,
  ];
  for (const statement of statements) await statement.execute(database.db);
  await database.close();
  return { ...seeded, databaseUrl };
}

/** Gives every second user an authenticator app. Nobody can sign in with it: its secret opens with no key. */
export async function addAppsToHalf({ dataDir, databaseUrl }: Seeded): Promise<void> {
  const database =
    databaseUrl === undefined
      ? openSqlite(join(dataDir, 'latchkey.db'))
      : openPostgres(databaseUrl, { statementLimitMs: 600_000 });
  const isOneOfThem = sql`id % 2 = 0`;
  await sql`insert into authenticator_apps (user_id, name, secret, confirmed_at_ms, created_at_ms)
    select id, 'Phone', '', 1, 1 from users where ${isOneOfThem}`.execute(database.db);
  await sql`update users set factor_level = 2 where ${isOneOfThem}`.execute(database.db);
  await database.close();
}

function makeFolder(folder: string, users: number): Seeded {
  const dataDir = join(folder, `users-${users}`);
  mkdirSync(dataDir, { mode: 0o700 });
  const secretKey = randomBytes(48).toString('base64url');
  writeFileSync(secretKeyPath(dataDir), secretKey, { mode: 0o600 });
  const passwordHash = hashPassword(password, standardHash);
  const nowSeconds = Math.floor(Date.now() / 1000);
  const sign = createSigner({ key: secretKey, algorithm: 'HS256' });
  const cipher = createTokenCipher(secretKey);
  return {
    dataDir,
    users,
    passwordHash,
    accessTokens: (count) =>
      spread(users, count).map((id) =>
        sign({
          user_id: id,
          sid: String(id),
          jti: `${id}.0`,
          iat: nowSeconds,
          exp: nowSeconds + 86_400, // longer than any bench runs
        }),
      ),
    refreshTokens: (count) =>
      spread(users, count).map((sessionId) => cipher.seal({ sessionId, generation: 0 })),
    emails: (count) => spread(users, count).map((id) => `user${id}@example.com`),
  };
}

function insertUsers(path: string, users: number, passwordHash: string): void {
  using db = new DatabaseSync(path);
  const now = Date.now();
  db.exec('pragma synchronous = off; begin');
  const numbers =
    'with recursive n(id) as (select 1 union all select id + 1 from n where id < :users)';
  db.prepare(
    `insert into users (id, email, email_normalized, username, password_hash, is_superuser, created_at_ms, updated_at_ms)
     ${numbers} select id, 'user' || id || '@example.com', 'user' || id || '@example.com', 'user' || id, :hash,
       id = ${superuserId}, :now - id, :now from n`,
  ).run({ users, hash: passwordHash, now });
  db.prepare(
    `insert into roles (id, name, created_at_ms, updated_at_ms) values (${roleOfHalf}, 'half', :now, :now)`,
  ).run({ now });
  db.exec(
    `insert into role_permissions (role_id, permission) values (${roleOfHalf}, 'invoices.approve')`,
  );
  db.prepare(
    `insert into user_roles (user_id, role_id)
     ${numbers} select id, ${roleOfHalf} from n where id % 2 = 0`,
  ).run({ users });
  db.prepare(
    `insert into sessions (id, user_id, created_at_ms, refreshed_at_ms, expires_at_ms)
     ${numbers} select id, id, :now, :now, :expires from n`,
  ).run({ users, now, expires: now + 30 * 86_400_000 });
  db.exec('commit; pragma wal_checkpoint(truncate)');
}

/** So many different ids of 1 to `users`, far from each other and in no order. */
export function spread(users: number, count: number): number[] {
  const step = 7_919; // prime, so every id comes once before any comes twice
  return Array.from({ length: Math.min(count, users) }, (_, i) => ((i * step) % users) + 1);
}
