import {
  auditFieldTypes,
  boolean,
  integer,
  integers,
  type Kind,
  maybe,
  reason,
  text,
  texts,
  value,
} from './audit-fields.ts';
import { factorKinds } from './factor-kinds.ts';

export { auditFieldTypes };

/**
 * The closed catalogue of what the audit log records. The types, the checks, the reference page and
 * the answer of `GET /api/admin/audit/kinds/` are made from it. No field ever holds a secret, or an
 * email: what is in the chain cannot be erased (docs/decisions/audit-log.md).
 */

export const auditKinds = {
  // Sessions and passwords
  'session.started': {
    description: 'A user signed in.',
    details: {
      device: maybe(text('the device in plain words')),
      proof: text(
        'how the user proved who they are: `password`, `mail` (a mailed code or link) or `passkey`',
      ),
    },
  },
  'session.ended': {
    description: 'Sessions of a user ended before their time. One that expires leaves no event.',
    details: {
      cause: text('why, as a code of the error table'),
      count: integer('how many ended'),
      session_ids: integers('which, the first 50'),
    },
  },
  'token.reused': {
    description: 'A superseded refresh token came back, so two parties held it: perhaps a thief.',
    details: {},
  },
  'login.failed': {
    description: 'Attempts to sign in were refused.',
    details: {
      reason: text(
        '`wrong_password`, `no_password`, `unusable_hash` (the stored one cannot be checked), ' +
          '`unknown_account`, `user_inactive`, `no_admin_permission` (at the admin site), ' +
          '`email_not_verified`, `wrong_code` (of a mail), `wrong_passkey`, `not_needed` (a proof of the email was asked ' +
          'for with the right password by somebody who can sign in without) or `rate_limited`',
      ),
      attempts: integer('how many for this account from this IP since the last such event'),
      account: text('a keyed hash of the email that was sent, or of the id of the passkey'),
    },
  },
  'user.reauthentication_failed': {
    description: 'A signed-in user sent a wrong password where the current password was needed.',
    details: { attempts: integer('how many, in this session, since the last such event') },
  },
  'failures.omitted': {
    description: 'More attempts failed than are recorded individually.',
    details: { attempts: integer('how many') },
  },
  'factor.failed': {
    description: 'Second factors, or new passkeys, were refused.',
    details: {
      factor: text('of which kind: `totp` (an authenticator app), `recovery_code` or `passkey`'),
      attempts: integer('how many for this account from this IP since the last such event'),
    },
  },
  'password.changed': {
    description: 'A password was set, by the user or by somebody else.',
    details: {},
  },
  'password.reset': {
    description: 'A password was set by somebody who was mailed a code or link for it.',
    details: {},
  },
  'email.verified': {
    description: 'A user proved that the email is theirs.',
    details: {},
  },
  'password.dropped': {
    description:
      'Somebody who reads the mail of an account proved its email for the first time. The password was removed: ' +
      'who had registered with the email before may be somebody else.',
    details: {},
  },
  'email.restored': {
    description:
      'A change of the email was undone from an earlier email of the account, or by the reader of the new one: it has ' +
      'an earlier email again, no session, and no password.',
    details: {},
  },
  'user.reauthenticated': {
    description: 'A signed-in user proved their identity again (recent authentication).',
    details: {},
  },

  ...factorKinds,

  // Users
  'user.registered': { description: 'Somebody registered an account.', details: {} },
  'user.created': {
    description: 'An operator or administrator created a user.',
    details: {
      is_superuser: boolean('whether they may do everything'),
      has_password: boolean('whether they can sign in already'),
    },
  },
  'user.changed': {
    description: 'The profile of a user was changed.',
    details: { fields: texts('which fields; not what they were or are') },
  },
  'user.deactivated': { description: 'A user was kept out.', details: { reason } },
  'user.activated': { description: 'A deactivated user was let in again.', details: {} },
  'user.deleted': {
    description:
      'A user was deleted, by the user or by somebody else. What is recorded of them stays.',
    details: {},
  },
  'users.imported': {
    description: 'Users were imported from a file, with the hashes of their passwords.',
    details: {
      count: integer('how many, in this batch'),
      user_ids: integers('which, the first 50'),
      superuser_ids: integers('which of them may do everything, the first 50'),
      authenticator_apps: integer('how many of them have an authenticator app'),
    },
  },
  'users.reset_by_import': {
    description:
      'Accounts that had never signed in were set to what a file says of them, the password too.',
    details: {
      count: integer('how many, in this batch'),
      user_ids: integers('which, the first 50'),
      authenticator_apps: integer('how many of them got an authenticator app'),
    },
  },
  'sessions.imported': {
    description: 'Refresh tokens of another system were taken over, as sessions.',
    details: {
      count: integer('how many, in this batch'),
      user_ids: integers('of which users, the first 50'),
    },
  },
  'impersonation.started': {
    description:
      'An administrator began to act in the name of a user. What is done so is recorded with ' +
      '`on_behalf_of`; `session.ended` says when it was over.',
    details: {
      reason: text('the reason that the actor gave'),
      until: text('when it ends at the latest'),
    },
  },
  'users.exported': {
    description: 'An administrator downloaded the list of users.',
    details: { filters: texts('which users; of a search only that there was one') },
  },
  'user.exported': {
    description: 'A user fetched all that is held about them.',
    details: {},
  },

  // Roles and permissions
  'role.created': {
    description: 'A role was created.',
    details: {
      role_id: integer('which'),
      name: text('what it is called'),
      permissions: texts('its permissions, the first 50'),
      required_acr: text('how strongly its users have to sign in'),
    },
  },
  'role.changed': {
    description:
      'A role was changed. One event for every 50 permissions that were granted or revoked.',
    details: {
      role_id: integer('which'),
      name: text('what it is called now'),
      fields: texts('which fields were set'),
      added: texts('permissions that were granted'),
      removed: texts('permissions that were revoked'),
      required_acr: text('how strongly its users have to sign in now'),
    },
  },
  'role.deleted': {
    description: 'A role was deleted. Users who had it lost it.',
    details: {
      role_id: integer('which'),
      name: text('what it was called'),
      permissions: texts('its permissions, the first 50'),
      user_count: integer('how many users had it; 1,000: as many or more'),
    },
  },
  'user.permissions_changed': {
    description:
      'The roles or permissions of a user were changed. One event for every 50 permissions.',
    details: {
      added_roles: integers('ids of roles that were assigned'),
      removed_roles: integers('ids of roles that were unassigned'),
      added: texts('permissions that were granted directly'),
      removed: texts('permissions that were revoked'),
    },
  },
  'user.superuser_changed': {
    description: 'A user was made a superuser, or is none any more.',
    details: { is_superuser: boolean('whether they may do everything now') },
  },

  'invitation.created': {
    description: 'A user without a password was invited to choose one, by a link that works once.',
    details: { expires_at: text('until when the link is good') },
  },
  'invitation.accepted': {
    description: 'A user who was invited set the first password.',
    details: {},
  },

  'notice.reported': {
    description: 'A user said, by the link of a security notice, that it was not them.',
    details: {
      notice: text('what the notice was about'),
      ended_sessions: integer('how many sessions ended'),
      password_removed: boolean('whether the password was removed, and a reset began'),
    },
  },
  'mail.bounced': {
    description: 'A mail came back, or was refused because there is no such mailbox.',
    details: {
      mail_id: integer('which'),
      kind: text('what it is about'),
      status: text('why, as an enhanced status code (RFC 3463)'),
      is_marked: boolean('whether the email counts as unreachable from now on'),
    },
  },
  'mail.resent': {
    description: 'A mail that waited in the outbox was sent at once.',
    details: { mail_id: integer('which'), kind: text('what it is about') },
  },
  'mail.tested': {
    description: 'An administrator had a mail sent to their email, to see what it looks like.',
    details: { kind: text('what it is about'), locale: text('in which language') },
  },

  // Settings, keys and secrets
  'setting.changed': {
    description: 'A live setting was changed, reset or rolled back.',
    details: {
      name: text('which setting'),
      from: maybe(value('what was stored before; null: the default')),
      to: maybe(value('what is stored now; null: the default')),
      reason: text('why; empty where nobody said'),
      change_id: integer('the entry of the history of settings'),
    },
  },
  'key.rotated': {
    description: 'A signing key was made that will follow the one before.',
    details: {
      kid: text('the key'),
      algorithm: text('what it signs with'),
      active_at: text('from when on it signs'),
    },
  },
  'key.revoked': {
    description: 'A signing key was revoked: its tokens are refused.',
    details: { kid: text('the key'), algorithm: text('what it signed with') },
  },
  'secret.rotated': {
    description: 'A new secret was put into the data folder.',
    details: { older_secrets: integer('how many older ones are still good') },
  },
  'secret.retired': {
    description: 'Older secrets were dropped from the data folder.',
    details: { retired_secrets: integer('how many') },
  },
  'secret.adopted': {
    description:
      'Another secret follows: a server works with it, or those before were retired. The last event ' +
      'under the seal of the one before.',
    details: { key_id: text('which the seals name from now on') },
  },

  // The log itself, and the database
  'audit.started': {
    description: 'The audit log begins.',
    details: { version: text('the release') },
  },
  'audit.chain_broken': {
    description:
      'The server could not check the end of the chain, and went on all the same: what is before ' +
      'is vouched for by nothing that comes after.',
    details: { last_sequence: integer('the place of the last event before the break') },
  },
  'audit.exported': {
    description: 'The audit log was exported.',
    details: { filter: text('which events, as the query of the request') },
  },
  'backup.made': {
    description: 'The database was copied to a file.',
    details: { file: text('where it went') },
  },
  'backup.restored': {
    description: 'A backup took the place of the database.',
    details: {
      file: text('the backup'),
      ended_sessions: integer('how many sessions ended by it'),
      voided_links: integer('how many links it voided'),
      deactivated_users: integer('how many users it deactivated'),
      demoted_superusers: integer('how many superusers it demoted'),
      revoked_grants: integer('how many roles and permissions it revoked'),
    },
  },
} as const satisfies Record<string, Kind>;

export type AuditKind = keyof typeof auditKinds;

export const auditKindNames = Object.keys(auditKinds) as AuditKind[];

/** A kind's entry, whatever its name. */
export function auditKind(name: AuditKind): Kind {
  return auditKinds[name];
}

interface ValueTypes {
  text: string;
  integer: number;
  boolean: boolean;
  texts: readonly string[];
  integers: readonly number[];
  value: string | number | boolean;
}

type ValueOf<F> = F extends { type: infer Type extends keyof ValueTypes }
  ? ValueTypes[Type] | (F extends { isNullable: true } ? null : never)
  : never;

/** The details of a kind. */
export type AuditDetails<Name extends AuditKind> = {
  readonly [FieldName in keyof (typeof auditKinds)[Name]['details']]: ValueOf<
    (typeof auditKinds)[Name]['details'][FieldName]
  >;
};
