import { throwFieldErrors } from '../../../contract/fields.ts';
import { BadItem } from '../../../contract/list-fields.ts';
import { nearest } from '../../../lib/nearest.ts';

/** Names of permissions: the server's own, and the form of the application's own. What is not granted is denied. */

const catalogue = {
  'users.view': 'See users and what is stored about them.',
  'users.create': 'Make users, and invite them.',
  'users.change': 'Change users, set their passwords, deactivate and activate them.',
  'users.reset_factors': 'Reset the second factors of users who have lost them.',
  'users.delete': 'Delete users and all that is theirs.',
  'users.export': 'Download the list of users.',
  'users.impersonate': 'Sign in as another user for a short time.',
  'sessions.view': 'See the sessions of all users.',
  'sessions.end': 'End sessions of other users.',
  'roles.view': 'See roles and permissions, and who has them.',
  'roles.change': 'Make, change and delete roles.',
  'roles.assign': 'Assign roles and grant permissions to users, and remove them.',
  'settings.view': 'See the live settings and their history.',
  'settings.change': 'Change live settings.',
  'keys.view': 'See the keys that sign access tokens.',
  'keys.rotate': 'Start the next signing key now.',
  'audit.view': 'Read the audit log.',
  'audit.export': 'Download the audit log.',
  'mail.view': 'See the outbox: whom mail is for, and what became of it.',
  'mail.send': 'Send mail that waits in the outbox now.',
  'nodes.view': 'See how the server is: its nodes and its figures.',
  'permissions.check': 'Ask what another user may do.',
} as const;

/** A permission of the server itself. */
export type BuiltInPermission = keyof typeof catalogue;

/** What each is good for, in a sentence. */
export const builtInPermissions: Readonly<Record<BuiltInPermission, string>> = catalogue;

export const builtInNames = Object.keys(catalogue) as readonly BuiltInPermission[];

export function isBuiltIn(name: string): name is BuiltInPermission {
  return Object.hasOwn(catalogue, name);
}

export const permissionMaxLength = 100;
/** How many a user or a role may have: a limit on what one look-up reads. */
export const maxPermissions = 500;

/** @throws AppError `invalid_fields` if the list would become too long */
export function requireFew(field: string, items: readonly unknown[], most: number): void {
  if (items.length > most) throwFieldErrors({ [field]: [`At most ${most} are possible.`] });
}

/** Two to five words with dots between them, such as `invoices.approve`. */
export const permissionPattern = '^[a-z0-9_]+(\\.[a-z0-9_]+){1,4}$';

const form = new RegExp(permissionPattern);

/** The first words of the server's own names; it may add more names that begin with them. */
const reserved: ReadonlySet<string> = new Set(builtInNames.map(firstWord));

function firstWord(name: string): string {
  return name.split('.', 1)[0] ?? '';
}

/** Why a text is not the name of a permission that can be granted; undefined: it is. */
export function permissionProblem(name: string): string | undefined {
  if (name.length > permissionMaxLength || !form.test(name)) {
    return (
      `"${name.slice(0, permissionMaxLength)}" is not the name of a permission: two to five words ` +
      'of lower-case letters, digits and _, with dots between them.'
    );
  }
  if (isBuiltIn(name) || !reserved.has(firstWord(name))) return undefined;
  const meant = nearest(name, builtInNames);
  return (
    `There is no permission "${name}", and names that begin with "${firstWord(name)}." are the server's own.` +
    (meant === undefined ? '' : ` Did you mean ${meant}?`)
  );
}

/**
 * The server's own permission that a name of the application's may be a typing error of: `users.view` for
 * `user.view`. Undefined: none. The name stays allowed, because an application may have `notes.view` beside
 * `nodes.view`.
 */
export function similarBuiltIn(name: string): BuiltInPermission | undefined {
  return isBuiltIn(name) ? undefined : nearest(name, builtInNames, 2);
}

/** An element of a list of permissions. */
export function readPermission(item: unknown): string | BadItem {
  if (typeof item !== 'string') return new BadItem('Every element has to be a text.');
  const problem = permissionProblem(item);
  return problem === undefined ? item : new BadItem(problem);
}
