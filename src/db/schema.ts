import type { Generated } from 'kysely';
import type { EndCause } from '../errors/index.ts';
import type { AuthLevel } from '../lib/auth-level.ts';
import type { FactorTables } from './factor-schema.ts';

/** The tables, as the newest migration leaves them. Times are milliseconds since 1970, UTC. */
export interface Schema extends FactorTables {
  users: UserTable;
  roles: RoleTable;
  role_permissions: RolePermissionTable;
  user_roles: UserRoleTable;
  user_permissions: UserPermissionTable;
  link_tokens: LinkTokenTable;
  notices: NoticeTable;
  flows: FlowTable;
  pinned_settings: PinnedSettingTable;
  former_emails: FormerEmailTable;
  outbox: OutboxTable;
  user_id_reservations: UserIdReservationTable;
  sessions: SessionTable;
  imported_refresh_tokens: ImportedRefreshTokenTable;
  known_networks: KnownNetworkTable;
  activity: ActivityTable;
  signing_keys: SigningKeyTable;
  settings: SettingTable;
  setting_changes: SettingChangeTable;
  audit_events: AuditEventTable;
  audit_chain: AuditChainTable;
  nodes: NodeTable;
  leases: LeaseTable;
  rate_counts: RateCountTable;
}

export interface UserTable {
  id: Generated<number>;
  /** As typed. */
  email: string;
  /** The column of the unique index: lower case, NFKC. */
  email_normalized: string;
  /** `''` until it is set; otherwise unique. */
  username: Generated<string>;
  /** A PHC string or a foreign hash; null: the user has no password to sign in with. */
  password_hash: string | null;
  /** 1 or 0: the one boolean that both engines and their drivers agree on. */
  is_active: Generated<number>;
  is_superuser: Generated<number>;
  created_at_ms: number;
  updated_at_ms: number;
  /** Null where they never did, or not since release 0.1.0. */
  last_sign_in_at_ms: Generated<number | null>;
  /** 1, and one more with each change of the user, their roles or their permissions; not with a sign-in. */
  version: Generated<number>;
  /** When an import added them, or set them back to what its file says; null: they began here. */
  imported_at_ms: Generated<number | null>;
  /** When they proved that the email is theirs; null: not yet, or it was changed since. */
  email_verified_at_ms: Generated<number | null>;
  /** Since when it is their email; null: since they were made. */
  email_set_at_ms: Generated<number | null>;
  /** 1: the operator, an administrator or an import gave it to them; 0: they entered it themselves. */
  is_email_given: Generated<number>;
  /** Until then nobody gets in by a mail to the email: it was changed without the password; null: at any time. */
  mail_recovery_from_ms: Generated<number | null>;
  /** The language that they read (BCP 47), for mail; null: nothing is known. */
  locale: Generated<string | null>;
  /** When mail to the email came back; null: it did not, or the email was proven or changed since. */
  email_bounced_at_ms: Generated<number | null>;
  /** When a mail was last sent to it all the same; 0: never. */
  bounced_mail_at_ms: Generated<number>;
  /** How strongly they can sign in: 1 without a second factor, 2 with one, 3 with a passkey. */
  factor_level: Generated<AuthLevel>;
  /** One more with each factor that is removed or reset: what a device remembers of those before is void. */
  factor_epoch: Generated<number>;
  /** When a user who is obliged to have a second factor has to have one; given once; null: not obliged yet. */
  factor_due_at_ms: Generated<number | null>;
  /** The random user handle of their passkeys (WebAuthn Level 3, 4), base64url; null: they have none yet. */
  passkey_handle: Generated<string | null>;
  /** When they were last offered a passkey that is made without asking them; null: never. */
  passkey_offered_at_ms: Generated<number | null>;
}

/** Ids that nobody had, and that imports keep for the users of their files: above one, through another. */
export interface UserIdReservationTable {
  through_id: number;
  after_id: number;
  reserved_at_ms: number;
}

/** A bundle of permissions under a name; see docs/decisions/permissions.md. */
export interface RoleTable {
  id: Generated<number>;
  name: string;
  /** For people; `''` if there is none. */
  description: Generated<string>;
  created_at_ms: number;
  updated_at_ms: number;
  /** 1, and one more with each change. */
  version: Generated<number>;
  /** How strongly its users have to sign in, as `factor_level` of users. */
  required_level: Generated<AuthLevel>;
}

export interface RolePermissionTable {
  role_id: number;
  permission: string;
}

export interface UserRoleTable {
  user_id: number;
  role_id: number;
}

/** The permissions granted to a user directly. */
export interface UserPermissionTable {
  user_id: number;
  permission: string;
}

/** A link that works once; gone when it was used. */
export interface LinkTokenTable {
  id: Generated<number>;
  /** SHA-256 of the token, which is nowhere else. */
  token_hash: string;
  purpose: string;
  /** The user that it is for; null: anyone who has it. */
  user_id: number | null;
  /** The administrator who gave it out; null: the operator, or the server. */
  issued_by: Generated<number | null>;
  created_at_ms: number;
  expires_at_ms: number;
}

/** A notice that was mailed, and whose reader can say that it was not them; gone when they did. */
export interface NoticeTable {
  id: Generated<number>;
  /** SHA-256 of the token of its link. */
  token_hash: string;
  kind: string;
  user_id: number;
  /** Whom it was mailed to. */
  email_normalized: string;
  /** The session that it is about; null: none. */
  session_id: number | null;
  /** How often a code was sent for it. */
  tries: Generated<number>;
  created_at_ms: number;
  expires_at_ms: number;
}

/** An attempt to prove that somebody reads the mail of an email; gone when it was used. */
export interface FlowTable {
  id: Generated<number>;
  /** SHA-256 of what the client was told. */
  flow_hash: string;
  /** A keyed hash of the flow and its code: six digits alone could be tried out. */
  code_hash: string;
  /** SHA-256 of the token of its link. */
  token_hash: string;
  purpose: string;
  /** Whose email it is; null: nobody's, and nobody was sent its code. */
  user_id: number | null;
  email_normalized: string;
  /** As it was typed, where it is to become that of an account. */
  email: Generated<string | null>;
  /** 1: nobody was sent its code, so nobody can end it. */
  is_decoy: Generated<number>;
  /** 1: who began it had just shown the password. */
  is_reauthenticated: Generated<number>;
  /** Where it was begun from. */
  network: string;
  /** Where the account pages lead once it is done; null: nowhere in particular. */
  return_to: string | null;
  wrong_codes: Generated<number>;
  created_at_ms: number;
  expires_at_ms: number;
}

/** Since when the environment pins a setting, where that matters. */
export interface PinnedSettingTable {
  name: string;
  since_ms: number;
}

/** An email that an account had until lately, and gets back by an undo; see docs/decisions/email-changes.md. */
export interface FormerEmailTable {
  id: Generated<number>;
  user_id: number;
  email: string;
  email_normalized: string;
  /** As that of the user was. */
  email_verified_at_ms: number | null;
  /** As that of the user was. */
  is_email_given: Generated<number>;
  /** 1: it was not set by an access token alone, or stood long enough: it is the owner's. */
  is_held: Generated<number>;
  /** SHA-256 of the token of the undo, which is nowhere else. */
  token_hash: string;
  created_at_ms: number;
  /** Until then nobody else gets the email. */
  expires_at_ms: number;
}

/** A mail that is to be sent, or its outcome; see docs/decisions/outbox.md. */
export interface OutboxTable {
  id: Generated<number>;
  /** RFC 5322 3.6.4, with its angle brackets: the same at every attempt. */
  message_id: string;
  kind: string;
  /** The user that it is about; null: nobody who has an account. */
  user_id: number | null;
  email: string;
  locale: string;
  /** What its text is made with, encrypted; null once it is sent or dead. */
  sealed_parameters: string | null;
  /** `pending`, `sent` or `dead`; `decoy`: a row in the place of a mail that is never sent. */
  state: string;
  /** Those with a lower number go first. */
  priority: Generated<number>;
  /** How often it was handed to the SMTP server. */
  attempts: Generated<number>;
  /** The last reply of the server. */
  last_reply: string | null;
  created_at_ms: number;
  /** When it is tried next. */
  due_at_ms: number;
  /** It is not sent after that. */
  expires_at_ms: number;
  /** Until when one node is at it, by the clock of the database. */
  leased_until_ms: Generated<number>;
  finished_at_ms: number | null;
  /** When a report said that it did not arrive. */
  bounced_at_ms: Generated<number | null>;
}

/** One row a sign-in, whatever its age; see docs/decisions/refresh-tokens.md. */
export interface SessionTable {
  id: Generated<number>;
  user_id: number;
  /** How many times it was refreshed; the token of any other generation is old. */
  generation: Generated<number>;
  created_at_ms: number;
  refreshed_at_ms: number;
  expires_at_ms: number;
  ended_at_ms: Generated<number | null>;
  end_cause: Generated<EndCause | null>;
  /** The IP address that the sign-in came from. */
  ip: string | null;
  /** In plain words, such as `Firefox on Linux`. */
  device: string | null;
  /** The hash of the Idempotency-Key of its last refresh. */
  retry_key: Generated<string | null>;
  /** When the password was last checked; null: at sign-in; 0: never here (an imported session). */
  authenticated_at_ms: Generated<number | null>;
  /** The administrator who acts in the name of its user. Ids are never used again. */
  impersonator_id: Generated<number | null>;
  /** The session of that administrator in which it was begun. */
  impersonator_session_id: Generated<number | null>;
  /** How strongly it was signed in to, as `factor_level` of users. */
  auth_level: Generated<AuthLevel>;
  /** The ways in which its user was recognized (RFC 8176), with a space between them; null: nobody noted them. */
  amr: Generated<string | null>;
  /** When a second factor, or a passkey, was last checked in it; null: never. */
  factor_at_ms: Generated<number | null>;
  /** The remembered device on which the second factor was not asked for. */
  trusted_device_id: Generated<number | null>;
}

/** A refresh token of the previous system, which continues a session until that is first refreshed. */
export interface ImportedRefreshTokenTable {
  id: Generated<number>;
  /** SHA-256 of the UUID. */
  token_hash: string;
  /** Ids are never used again, so it may name a session that is gone. */
  session_id: number | null;
  /** When it expires unless it is used; the row goes some time after. */
  expires_at_ms: number;
}

/** Where a user has signed in from; see docs/decisions/rate-limits.md. */
export interface KnownNetworkTable {
  user_id: number;
  /** An IPv4 address, or the /64 of an IPv6 address. */
  network: string;
  /** To the day: it is not written at every sign-in. */
  last_used_at_ms: number;
}

/** A key pair that signs access tokens; see docs/decisions/signing-keys.md. */
export interface SigningKeyTable {
  /** The thumbprint of the public key (RFC 7638). */
  kid: string;
  algorithm: string;
  /** 1, 2, 3 … for each algorithm. */
  sequence: number;
  /** JSON (RFC 7517). */
  public_jwk: string;
  /** PKCS #8, encrypted under the server's secret. */
  sealed_private_key: string;
  created_at_ms: number;
  /** From when on it signs; it is published from the start. */
  active_at_ms: number;
  revoked_at_ms: number | null;
}

export interface SettingTable {
  name: string;
  /** JSON. */
  value: string;
}

/** Every change of a setting, in order. `value` null: back to the default. */
export interface SettingChangeTable {
  id: Generated<number>;
  name: string;
  old_value: string | null;
  new_value: string | null;
  actor: string;
  reason: string;
  changed_at_ms: number;
}

/** What happened; see docs/decisions/audit-log.md. Never changed once it is sealed. */
export interface AuditEventTable {
  id: Generated<number>;
  at_ms: number;
  kind: string;
  /** Who did it: `user`, `cli`, `system` or `anonymous`. */
  actor_kind: string;
  actor_id: number | null;
  actor_name: string | null;
  /** Whom it is about; the user may be gone. */
  user_id: number | null;
  session_id: number | null;
  /** The IP address that it came from. */
  ip: string | null;
  /** JSON. */
  details: string;
  /** Its place in the chain, 1, 2, 3 …; null, as the rest, until it is sealed. */
  sequence: Generated<number | null>;
  /** Of the event and of the one before it. */
  hash: Generated<string | null>;
  /** A keyed tag of the hash, and which key it is of. */
  seal: Generated<string | null>;
  key_id: Generated<string | null>;
}

/** One row: where the chain of the audit log ends, and where it begins. */
export interface AuditChainTable {
  id: number;
  head_sequence: number;
  head_hash: string;
  /** The last event that was removed because it was old. */
  anchor_sequence: number;
  anchor_hash: string;
  anchor_at_ms: number | null;
  /** A keyed tag of all of the above, and which key it is of. */
  key_id: string;
  seal: string;
}

/**
 * A process that serves this database. Its times are by the database's clock. Of this table and the next
 * nothing is worth keeping: they say what runs now.
 */
export interface NodeTable {
  id: string;
  version: string;
  host: string;
  pid: number;
  /** Which of the processes behind one port; null: there is but one. */
  worker: number | null;
  started_at_ms: number;
  seen_at_ms: number;
  /** The newest change of a setting that is in force on it; 0: there was none. */
  setting_change_id: number;
}

/** Work that one node at a time does for all: the node that has it, and until when if it is not renewed. */
export interface LeaseTable {
  name: string;
  node_id: string;
  expires_at_ms: number;
}

/** The count of a rate limit for a key; see docs/decisions/rate-limits.md. On PostgreSQL only. */
export interface RateCountTable {
  /** A keyed hash of the limit and of what it counts: no email and no IP is stored here. */
  key: string;
  events: number;
  ends_at_ms: number;
}

/** What happened in ten minutes, of all nodes together; see `features/administration/overview/activity.ts`. */
export interface ActivityTable {
  from_ms: number;
  sign_ins: number;
  failures: number;
  refreshes: number;
}
