import type { ErrorDefinition } from './definition.ts';

/** The errors of permissions and of changes that administrators make. */
export const administrationErrors = {
  permission_denied: {
    status: 403,
    title: 'A permission is missing.',
    member: 'detail',
    text: 'You do not have the permission for this.',
    meaning: 'The user is signed in but may not do this; `detail` names what is missing.',
  },
  version_conflict: {
    status: 409,
    title: 'Somebody was faster.',
    member: 'detail',
    meaning:
      'What you change is not as you knew it (`expected_version`). `current` is what it is now: decide again.',
  },
  setting_pinned: {
    status: 409,
    title: 'The environment holds the setting.',
    member: 'detail',
    meaning: '`LATCHKEY_<NAME>` decides its value, so a change would do nothing. Change it there.',
  },
  cannot_rotate: {
    status: 409,
    title: 'No signing key can follow now.',
    member: 'detail',
    meaning: '`detail` says why: tokens are signed with the secret, or the next key waits already.',
  },
  last_superuser: {
    status: 409,
    title: 'The last active superuser has to stay.',
    member: 'detail',
    text: 'This is the last active superuser. Make another one first.',
    meaning: 'Without one nobody could administer the server. Make another user a superuser first.',
  },
  mail_finished: {
    status: 409,
    title: 'The mail waits no longer.',
    member: 'detail',
    text: 'The mail was sent, or was given up: what it said is wiped. Cause a new one.',
    meaning:
      'Only what waits in the outbox can be sent again. What a mail says is wiped once it is sent or given up.',
  },
} as const satisfies Record<string, ErrorDefinition>;
