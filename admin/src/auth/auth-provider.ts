import type { AuthProvider } from 'react-admin';
import { canAccess, currentMe } from './permissions.ts';

/**
 * What react-admin asks about the user. Whether anybody is signed in is not its business (account.ts
 * and app.tsx see to that): its pages are there only while somebody is.
 */
export const authProvider: AuthProvider = {
  login: async () => undefined,
  logout: async () => false,
  checkAuth: async () => undefined,
  checkError: async () => undefined,
  async getIdentity() {
    const { id = 0, email } = currentMe() ?? {};
    return { id, ...(email !== undefined && { fullName: email }) };
  },
  async getPermissions() {
    return currentMe()?.permissions ?? new Set();
  },
  async canAccess({ resource, action }) {
    return canAccess(resource, action);
  },
};
