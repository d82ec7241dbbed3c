import { setSetting } from '../../src/settings/change-settings.ts';
import type { TestServer } from '../harness.ts';

/** What an operation needs to succeed, called by a superuser. */
interface Needs {
  readonly fields?: Record<string, string>;
  readonly path?: Record<string, string | number>;
}

/** The requests of operations on settings, keys and the audit log, by the operation's id. */
export function settingsRequests(
  getServer: () => TestServer,
): Record<string, () => Needs | Promise<Needs>> {
  const path = { name: 'SESSION_MAX_AGE' };
  return {
    listSettings: () => ({}),
    readSetting: () => ({ path }),
    changeSetting: () => ({ path, fields: { value: '86400', reason: 'a test' } }),
    resetSetting: () => ({ path, fields: { reason: 'a test' } }),
    listSettingChanges: () => ({}),
    rollBackSettingChange: async () => {
      const origin = { actor: 'test', reason: '' };
      const { id } = await setSetting(getServer().deps, 'SESSION_MAX_AGE', 86_400, origin);
      return { path: { id }, fields: { reason: 'a test' } };
    },
    listSigningKeys: () => ({}),
    rotateSigningKey: async () => {
      await removeNextKeys(getServer());
      return {};
    },
    listAuditEvents: () => ({}),
    listAuditKinds: () => ({}),
    exportAuditEvents: () => ({}),
  };
}

/** No key waits to sign, so that the next one can be made. */
export async function removeNextKeys({ clock, deps: { database } }: TestServer): Promise<void> {
  const query = database.db.deleteFrom('signing_keys');
  await query.where('active_at_ms', '>', clock.nowMs()).execute();
}
