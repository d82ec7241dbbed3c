CREATE TABLE "activity" (
  "from_ms" bigint primary key,
  "sign_ins" bigint not null,
  "failures" bigint not null,
  "refreshes" bigint not null
);

CREATE TABLE "audit_chain" (
  "id" integer primary key,
  "head_sequence" bigint not null,
  "head_hash" text not null,
  "anchor_sequence" bigint not null,
  "anchor_hash" text not null,
  "anchor_at_ms" bigint,
  "key_id" text not null,
  "seal" text not null
);

CREATE TABLE "audit_events" (
  "id" integer primary key autoincrement,
  "at_ms" bigint not null,
  "kind" text not null,
  "actor_kind" text not null,
  "actor_id" bigint,
  "actor_name" text,
  "user_id" bigint,
  "session_id" bigint,
  "ip" text,
  "details" text not null,
  "sequence" bigint,
  "hash" text,
  "seal" text,
  "key_id" text
);

CREATE TABLE "authenticator_apps" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "name" text not null,
  "secret" text not null,
  "last_step" bigint default 0 not null,
  "confirmed_at_ms" bigint,
  "last_used_at_ms" bigint,
  "created_at_ms" bigint not null
);

CREATE TABLE "factor_resets" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null unique references "users" ("id") on delete cascade,
  "requested_by" bigint,
  "reason" text not null,
  "requested_at_ms" bigint not null,
  "due_at_ms" bigint not null
);

CREATE TABLE "flows" (
  "id" integer primary key autoincrement,
  "flow_hash" text not null unique,
  "code_hash" text not null,
  "token_hash" text not null unique,
  "purpose" text not null,
  "user_id" bigint references "users" ("id") on delete cascade,
  "email_normalized" text not null,
  "network" text not null,
  "wrong_codes" bigint default 0 not null,
  "created_at_ms" bigint not null,
  "expires_at_ms" bigint not null,
  "email" text,
  "is_decoy" bigint default 0 not null,
  "is_reauthenticated" bigint default 0 not null,
  "return_to" text
);

CREATE TABLE "former_emails" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "email" text not null,
  "email_normalized" text not null,
  "email_verified_at_ms" bigint,
  "token_hash" text not null unique,
  "created_at_ms" bigint not null,
  "expires_at_ms" bigint not null,
  "is_held" integer default 0 not null,
  "is_email_given" integer default 0 not null
);

CREATE TABLE "imported_refresh_tokens" (
  "id" integer primary key autoincrement,
  "token_hash" text not null unique,
  "session_id" bigint,
  "expires_at_ms" bigint not null
);

CREATE TABLE "known_networks" (
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "network" text not null,
  "last_used_at_ms" bigint not null,
  constraint "known_networks_key" primary key ("user_id", "network")
);

CREATE TABLE "leases" (
  "name" text primary key,
  "node_id" text not null,
  "expires_at_ms" bigint not null
);

CREATE TABLE "link_tokens" (
  "id" integer primary key autoincrement,
  "token_hash" text not null,
  "purpose" text not null,
  "user_id" bigint references "users" ("id") on delete cascade,
  "created_at_ms" bigint not null,
  "expires_at_ms" bigint not null,
  "issued_by" bigint
);

CREATE TABLE "nodes" (
  "id" text primary key,
  "version" text not null,
  "host" text not null,
  "pid" bigint not null,
  "worker" bigint,
  "started_at_ms" bigint not null,
  "seen_at_ms" bigint not null,
  "setting_change_id" bigint not null
);

CREATE TABLE "notices" (
  "id" integer primary key autoincrement,
  "token_hash" text not null unique,
  "kind" text not null,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "email_normalized" text not null,
  "session_id" bigint,
  "tries" bigint default 0 not null,
  "created_at_ms" bigint not null,
  "expires_at_ms" bigint not null
);

CREATE TABLE "outbox" (
  "id" integer primary key autoincrement,
  "message_id" text not null unique,
  "kind" text not null,
  "user_id" bigint references "users" ("id") on delete cascade,
  "email" text not null,
  "locale" text not null,
  "sealed_parameters" text,
  "state" text not null,
  "attempts" bigint default 0 not null,
  "last_reply" text,
  "created_at_ms" bigint not null,
  "due_at_ms" bigint not null,
  "expires_at_ms" bigint not null,
  "leased_until_ms" bigint default 0 not null,
  "finished_at_ms" bigint,
  "priority" bigint default 0 not null,
  "bounced_at_ms" bigint
);

CREATE TABLE "passkeys" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "credential_id" text not null unique,
  "public_key" text not null,
  "counter" bigint not null,
  "transports" text not null,
  "rp_id" text not null,
  "aaguid" text not null,
  "name" text not null,
  "is_discoverable" bigint not null,
  "is_backup_eligible" bigint not null,
  "is_backed_up" bigint not null,
  "last_used_at_ms" bigint,
  "created_at_ms" bigint not null,
  "is_user_verified" bigint default 0 not null,
  "is_upgrade" bigint default 0 not null
);

CREATE TABLE "pinned_settings" (
  "name" text not null primary key,
  "since_ms" bigint not null
);

CREATE TABLE "rate_counts" (
  "key" text primary key,
  "events" bigint not null,
  "ends_at_ms" bigint not null
);

CREATE TABLE "recovery_codes" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "number" bigint not null,
  "hash" text not null,
  "created_at_ms" bigint not null,
  constraint "recovery_codes_number" unique ("user_id", "number")
);

CREATE TABLE "role_permissions" (
  "role_id" bigint not null references "roles" ("id") on delete cascade,
  "permission" text not null,
  constraint "role_permissions_key" primary key ("role_id", "permission")
);

CREATE TABLE "roles" (
  "id" integer primary key autoincrement,
  "name" text not null,
  "description" text default '' not null,
  "created_at_ms" bigint not null,
  "updated_at_ms" bigint not null,
  "version" integer default 1 not null,
  "required_level" bigint default 1 not null
);

CREATE TABLE "schema_migrations" (
  "name" varchar(255) not null primary key,
  "timestamp" varchar(255) not null
);

CREATE TABLE "schema_migrations_lock" (
  "id" varchar(255) not null primary key,
  "is_locked" integer default 0 not null
);

CREATE TABLE "sessions" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "generation" bigint default 0 not null,
  "created_at_ms" bigint not null,
  "refreshed_at_ms" bigint not null,
  "expires_at_ms" bigint not null,
  "ended_at_ms" bigint,
  "end_cause" text,
  "ip" text,
  "device" text,
  "retry_key" text,
  "authenticated_at_ms" bigint,
  "impersonator_id" bigint,
  "impersonator_session_id" bigint,
  "auth_level" bigint default 1 not null,
  "amr" text,
  "factor_at_ms" bigint,
  "trusted_device_id" bigint
);

CREATE TABLE "setting_changes" (
  "id" integer primary key autoincrement,
  "name" text not null,
  "old_value" text,
  "new_value" text,
  "actor" text not null,
  "reason" text not null,
  "changed_at_ms" bigint not null
);

CREATE TABLE "settings" (
  "name" text primary key,
  "value" text not null
);

CREATE TABLE "sign_in_flows" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "flow_hash" text not null unique,
  "purpose" text not null,
  "proof" text not null,
  "credential_hash" text not null,
  "is_known_device" bigint not null,
  "wrong_codes" bigint default 0 not null,
  "created_at_ms" bigint not null,
  "expires_at_ms" bigint not null
);

CREATE TABLE "signing_keys" (
  "kid" text primary key,
  "algorithm" text not null,
  "sequence" integer not null,
  "public_jwk" text not null,
  "sealed_private_key" text not null,
  "created_at_ms" bigint not null,
  "active_at_ms" bigint not null,
  "revoked_at_ms" bigint
);

CREATE TABLE "spent_challenges" (
  "hash" text not null primary key,
  "expires_at_ms" bigint not null
);

CREATE TABLE "trusted_devices" (
  "id" integer primary key autoincrement,
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "token_hash" text not null unique,
  "factor_epoch" bigint not null,
  "device" text,
  "ip" text,
  "last_used_at_ms" bigint,
  "created_at_ms" bigint not null,
  "expires_at_ms" bigint not null
);

CREATE TABLE "user_id_reservations" (
  "through_id" bigint primary key,
  "after_id" bigint not null,
  "reserved_at_ms" bigint not null
);

CREATE TABLE "user_permissions" (
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "permission" text not null,
  constraint "user_permissions_key" primary key ("user_id", "permission")
);

CREATE TABLE "user_roles" (
  "user_id" bigint not null references "users" ("id") on delete cascade,
  "role_id" bigint not null,
  constraint "user_roles_key" primary key ("user_id", "role_id")
);

CREATE TABLE "users" (
  "id" integer primary key autoincrement,
  "email" text not null,
  "email_normalized" text not null,
  "username" text default '' not null,
  "password_hash" text,
  "is_active" integer default 1 not null,
  "is_superuser" integer default 0 not null,
  "created_at_ms" bigint not null,
  "updated_at_ms" bigint not null,
  "last_sign_in_at_ms" bigint,
  "imported_at_ms" bigint,
  "version" integer default 1 not null,
  "email_verified_at_ms" bigint,
  "email_set_at_ms" bigint,
  "mail_recovery_from_ms" bigint,
  "email_bounced_at_ms" bigint,
  "bounced_mail_at_ms" bigint default 0 not null,
  "locale" text,
  "factor_level" bigint default 1 not null,
  "factor_epoch" bigint default 0 not null,
  "factor_due_at_ms" bigint,
  "passkey_handle" text,
  "passkey_offered_at_ms" bigint,
  "is_email_given" integer default 0 not null
);

CREATE INDEX "audit_events_actor_id" on "audit_events" (
  "actor_id",
  "at_ms",
  "id"
);

CREATE INDEX "audit_events_at" on "audit_events" (
  "at_ms",
  "id"
);

CREATE INDEX "audit_events_ip" on "audit_events" (
  "ip",
  "at_ms",
  "id"
);

CREATE INDEX "audit_events_kind" on "audit_events" (
  "kind",
  "at_ms",
  "id"
);

CREATE UNIQUE INDEX "audit_events_sequence" on "audit_events" (
  "sequence"
) where "sequence" is not null;

CREATE INDEX "audit_events_unsealed" on "audit_events" (
  "id"
) where "sequence" is null;

CREATE INDEX "audit_events_user_id" on "audit_events" (
  "user_id",
  "at_ms",
  "id"
);

CREATE INDEX "authenticator_apps_unconfirmed" on "authenticator_apps" (
  "created_at_ms"
) where "confirmed_at_ms" is null;

CREATE INDEX "authenticator_apps_user_id" on "authenticator_apps" (
  "user_id"
);

CREATE INDEX "factor_resets_due_at_ms" on "factor_resets" (
  "due_at_ms"
);

CREATE INDEX "flows_email_normalized" on "flows" (
  "email_normalized"
);

CREATE INDEX "flows_expires_at_ms" on "flows" (
  "expires_at_ms"
);

CREATE INDEX "flows_user_id" on "flows" (
  "user_id"
);

CREATE INDEX "former_emails_email_normalized" on "former_emails" (
  "email_normalized"
);

CREATE INDEX "former_emails_expires_at_ms" on "former_emails" (
  "expires_at_ms"
);

CREATE INDEX "former_emails_user_id" on "former_emails" (
  "user_id"
);

CREATE INDEX "link_tokens_expires_at_ms" on "link_tokens" (
  "expires_at_ms"
);

CREATE UNIQUE INDEX "link_tokens_token_hash" on "link_tokens" (
  "token_hash"
);

CREATE INDEX "link_tokens_user_id" on "link_tokens" (
  "user_id"
);

CREATE INDEX "notices_expires_at_ms" on "notices" (
  "expires_at_ms"
);

CREATE INDEX "notices_user_id" on "notices" (
  "user_id"
);

CREATE INDEX "outbox_finished_at_ms" on "outbox" (
  "finished_at_ms"
);

CREATE INDEX "outbox_priority" on "outbox" (
  "priority",
  "due_at_ms"
) where "state" = 'pending';

CREATE INDEX "outbox_user_id" on "outbox" (
  "user_id"
);

CREATE INDEX "passkeys_rp_id" on "passkeys" (
  "rp_id"
);

CREATE INDEX "passkeys_user_id" on "passkeys" (
  "user_id"
);

CREATE INDEX "rate_counts_end" on "rate_counts" (
  "ends_at_ms"
);

CREATE INDEX role_permissions_name on role_permissions (
  permission
);

CREATE UNIQUE INDEX "roles_name" on "roles" (
  "name"
);

CREATE INDEX sessions_impersonator_id
   on sessions (
  impersonator_id
) where impersonator_id is not null;

CREATE INDEX sessions_live
   on sessions (
  user_id,
  ended_at_ms,
  id
) where ended_at_ms is null;

CREATE INDEX "sessions_user_id" on "sessions" (
  "user_id"
);

CREATE INDEX "sign_in_flows_expires_at_ms" on "sign_in_flows" (
  "expires_at_ms"
);

CREATE INDEX "sign_in_flows_user_id" on "sign_in_flows" (
  "user_id"
);

CREATE UNIQUE INDEX "signing_keys_sequence" on "signing_keys" (
  "algorithm",
  "sequence"
);

CREATE INDEX "spent_challenges_expires_at_ms" on "spent_challenges" (
  "expires_at_ms"
);

CREATE INDEX "trusted_devices_expires_at_ms" on "trusted_devices" (
  "expires_at_ms"
);

CREATE INDEX "trusted_devices_user_id" on "trusted_devices" (
  "user_id"
);

CREATE INDEX "user_permissions_permission" on "user_permissions" (
  "permission"
);

CREATE INDEX "user_roles_role_id" on "user_roles" (
  "role_id"
);

CREATE INDEX users_created_at on users (
  created_at_ms,
  id
);

CREATE INDEX users_email_domain on users (
  (substr(email_normalized,
       length(rtrim(email_normalized, replace(email_normalized, '@', ''))) + 1)),
  id
);

CREATE UNIQUE INDEX "users_email_normalized" on "users" (
  "email_normalized"
);

CREATE INDEX users_factor_level on users (
  (factor_level + 0),
  id
);

CREATE INDEX users_inactive on users (
  id
) where is_active = 0;

CREATE INDEX users_superusers
   on users (
  id
) where is_superuser = 1;

CREATE UNIQUE INDEX "users_username" on "users" (
  "username"
) where "username" <> '';
