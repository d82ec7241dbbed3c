import type { Schema } from './schema.ts';

/** What a move to another database does with a table: copy it, or leave it, for a reason. */
export type TableFate = MovedFate | { readonly isLeft: string };

export interface MovedFate {
  /** The columns of the primary key. It is read and compared in their order. */
  readonly key: readonly [string, ...string[]];
  /** Its `id`s are given out by the database, and never twice. */
  readonly isNumbered?: true;
}

/**
 * Every table, in an order in which their rows can be put in: what is referred to comes first. A new
 * table needs its line here (`tables.test.ts` holds the list against the migrations). Leave only
 * what is of the moment, such as who is alive: what is left is gone after a move.
 */
export const tableFates: Readonly<Record<keyof Schema, TableFate>> = {
  users: { key: ['id'], isNumbered: true },
  user_id_reservations: { key: ['through_id'] },
  roles: { key: ['id'], isNumbered: true },
  role_permissions: { key: ['role_id', 'permission'] },
  user_roles: { key: ['user_id', 'role_id'] },
  user_permissions: { key: ['user_id', 'permission'] },
  sessions: { key: ['id'], isNumbered: true },
  imported_refresh_tokens: { key: ['id'], isNumbered: true },
  known_networks: { key: ['user_id', 'network'] },
  signing_keys: { key: ['kid'] },
  link_tokens: { key: ['id'], isNumbered: true },
  notices: { key: ['id'], isNumbered: true },
  flows: { key: ['id'], isNumbered: true },
  former_emails: { key: ['id'], isNumbered: true },
  authenticator_apps: { key: ['id'], isNumbered: true },
  recovery_codes: { key: ['id'], isNumbered: true },
  passkeys: { key: ['id'], isNumbered: true },
  trusted_devices: { key: ['id'], isNumbered: true },
  sign_in_flows: { key: ['id'], isNumbered: true },
  spent_challenges: { key: ['hash'] },
  factor_resets: { key: ['id'], isNumbered: true },
  outbox: { key: ['id'], isNumbered: true },
  settings: { key: ['name'] },
  pinned_settings: { key: ['name'] },
  setting_changes: { key: ['id'], isNumbered: true },
  audit_events: { key: ['id'], isNumbered: true },
  audit_chain: { key: ['id'] },
  activity: { key: ['from_ms'] },
  nodes: { isLeft: 'the processes that run on this database now' },
  rate_counts: { isLeft: 'what the rate limits have counted within the last hour' },
  leases: { isLeft: 'which of them does what is done once' },
};
