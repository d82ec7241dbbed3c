import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/**
 * Second factors: authenticator apps, recovery codes, passkeys, remembered devices; how strongly each session was
 * signed in to; and sign-ins that wait for their second factor.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addColumns(db);
  await createFactors(db);
  await createSignInFlows(db);
}

async function addColumns(db: Kysely<unknown>): Promise<void> {
  const users = () => db.schema.alterTable('users');
  const sessions = () => db.schema.alterTable('sessions');
  await users()
    .addColumn('factor_level', 'bigint', (column) => column.notNull().defaultTo(1))
    .execute();
  await users()
    .addColumn('factor_epoch', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await users().addColumn('factor_due_at_ms', 'bigint').execute();
  await users().addColumn('passkey_handle', 'text').execute();
  await sessions()
    .addColumn('auth_level', 'bigint', (column) => column.notNull().defaultTo(1))
    .execute();
  await sessions().addColumn('amr', 'text').execute();
  await sessions().addColumn('factor_at_ms', 'bigint').execute();
  await sessions().addColumn('trusted_device_id', 'bigint').execute();
  await db.schema
    .alterTable('roles')
    .addColumn('required_level', 'bigint', (column) => column.notNull().defaultTo(1))
    .execute();
}

async function createFactors(db: Kysely<unknown>): Promise<void> {
  await ofUser(db, 'authenticator_apps')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('last_step', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('confirmed_at_ms', 'bigint')
    .addColumn('last_used_at_ms', 'bigint')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await ofUser(db, 'recovery_codes')
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('recovery_codes_number', ['user_id', 'number'])
    .execute();
  await ofUser(db, 'passkeys')
    .addColumn('credential_id', 'text', (column) => column.notNull().unique())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('rp_id', 'text', (column) => column.notNull())
    .addColumn('aaguid', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('is_discoverable', 'bigint', (column) => column.notNull())
    .addColumn('is_backup_eligible', 'bigint', (column) => column.notNull())
    .addColumn('is_backed_up', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at_ms', 'bigint')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await ofUser(db, 'trusted_devices')
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('factor_epoch', 'bigint', (column) => column.notNull())
    .addColumn('device', 'text')
    .addColumn('ip', 'text')
    .addColumn('last_used_at_ms', 'bigint')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  for (const table of ['authenticator_apps', 'passkeys', 'trusted_devices']) {
    await db.schema.createIndex(`${table}_user_id`).on(table).column('user_id').execute();
  }
  await db.schema
    .createIndex('trusted_devices_expires_at_ms')
    .on('trusted_devices')
    .column('expires_at_ms')
    .execute();
}

async function createSignInFlows(db: Kysely<unknown>): Promise<void> {
  await ofUser(db, 'sign_in_flows')
    .addColumn('flow_hash', 'text', (column) => column.notNull().unique())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('proof', 'text', (column) => column.notNull())
    .addColumn('credential_hash', 'text', (column) => column.notNull())
    .addColumn('is_known_device', 'bigint', (column) => column.notNull())
    .addColumn('wrong_codes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('sign_in_flows_user_id')
    .on('sign_in_flows')
    .column('user_id')
    .execute();
  await db.schema
    .createTable('spent_challenges')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  for (const table of ['sign_in_flows', 'spent_challenges']) {
    await db.schema
      .createIndex(`${table}_expires_at_ms`)
      .on(table)
      .column('expires_at_ms')
      .execute();
  }
}

/** A table of rows that a user has any number of, and that go with the user. */
const ofUser = (db: Kysely<unknown>, name: string) =>
  db.schema
    .createTable(name)
    .addColumn('id', ...idColumn(db))
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    );
