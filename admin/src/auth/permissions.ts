import { useSyncExternalStore } from 'react';
import { request } from '../api/request.ts';
import type { OwnPermissions } from '../api/types.ts';

/** What the user who is signed in may do. It only decides what is shown: the server decides. */

export interface Me {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly isSuperuser: boolean;
  readonly permissions: ReadonlySet<string>;
}

/** Whose pages are shown, or wait behind the sign-in for them to come back. */
let me: Me | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setMe(next: Me | undefined): void {
  me = next;
  for (const listener of listeners) listener();
}

export async function loadMe(): Promise<Me> {
  const [profile, own] = await Promise.all([
    request<{ id: number; email: string; username: string }>('GET', '/api/me/'),
    loadOwnPermissions(),
  ]);
  return { ...profile, ...own };
}

async function loadOwnPermissions(): Promise<Pick<Me, 'isSuperuser' | 'permissions'>> {
  const permissions = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await request<OwnPermissions>('GET', '/api/me/permissions/', {
      query: { cursor },
    });
    for (const name of page.permissions) permissions.add(name);
    cursor = page.next_cursor ?? undefined;
    // A superuser may do everything, whatever it is called.
    if (page.is_superuser || cursor === undefined) {
      return { isSuperuser: page.is_superuser, permissions };
    }
  }
}

export const currentMe = () => me;
export const useMe = () => useSyncExternalStore(subscribe, currentMe);

export function may(user: Me | undefined, permission: string): boolean {
  return user !== undefined && (user.isSuperuser || user.permissions.has(permission));
}

/** Whether the user may do what a permission allows. */
export function useMay(): (permission: string) => boolean {
  const user = useMe();
  return (permission) => may(user, permission);
}

/** What react-admin calls the actions on each resource, and the permission behind each. */
const permissionOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  users: {
    list: 'users.view',
    show: 'users.view',
    create: 'users.create',
    edit: 'users.change',
    delete: 'users.delete',
    export: 'users.export',
  },
  sessions: { list: 'sessions.view', delete: 'sessions.end' },
  roles: {
    list: 'roles.view',
    show: 'roles.view',
    create: 'roles.change',
    edit: 'roles.view',
    delete: 'roles.change',
  },
  settings: { list: 'settings.view', show: 'settings.view', edit: 'settings.view' },
  'setting-changes': { list: 'settings.view' },
  keys: { list: 'keys.view' },
  nodes: { list: 'nodes.view' },
  mail: { list: 'mail.view', show: 'mail.view' },
  audit: { list: 'audit.view', show: 'audit.view', export: 'audit.export' },
};

export function canAccess(resource: string, action: string): boolean {
  const permission = permissionOf[resource]?.[action];
  return permission !== undefined && may(me, permission);
}
