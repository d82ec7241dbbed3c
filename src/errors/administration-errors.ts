import type { ErrorDefinition } from './definition.ts';

/** The errors of permissions and of changes that administrators make. */
export const administrationErrors = {
  permission_denied: {
    status: 403,
    title: 'A permission is missing.',
    member: 'detail',
    text: 'You do not have the permission for this.',
    meaning: 'The user is signed in but lacks a permission; `detail` names what is missing.',
  },
  version_conflict: {
    status: 409,
    title: 'Somebody else changed this first.',
    member: 'detail',
    meaning:
      'The version is not `expected_version` any more. `current` has the current state: decide again.',
  },
  setting_pinned: {
    status: 409,
    title: 'The setting is fixed by the environment.',
    member: 'detail',
    meaning:
      '`LATCHKEY_<NAME>` overrides the stored value, so a change would have no effect. Change the variable.',
  },
  cannot_rotate: {
    status: 409,
    title: 'The signing key cannot be rotated now.',
    member: 'detail',
    meaning:
      '`detail` says why: tokens are signed with the secret, or the next key is already waiting.',
  },
  last_superuser: {
    status: 409,
    title: 'The last active superuser cannot be removed.',
    member: 'detail',
    text: 'This is the last active superuser. Promote another user first.',
    meaning: 'Without a superuser nobody could administer the server. Promote another user first.',
  },
  mail_finished: {
    status: 409,
    title: 'The mail is not waiting any more.',
    member: 'detail',
    text: 'The mail was sent or given up, and its content is wiped. Request a new one.',
    meaning:
      'Only a mail that waits in the outbox can be sent again. Its content is wiped once it is sent or given up.',
  },
} as const satisfies Record<string, ErrorDefinition>;
