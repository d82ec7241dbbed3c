import { request } from '../../api/request.ts';
import type { Setting } from '../../api/types.ts';

/** Changes of settings, and which of them were made on this page: it reports those of others alone. */

/** By the versions that they made. */
const own = new Set<number>();

/** @throws Problem `version_conflict` if another change came first */
export async function changeSetting(
  method: 'PUT' | 'DELETE',
  name: string,
  json: { readonly expected_version: number; readonly value?: unknown; readonly reason?: string },
): Promise<Setting> {
  return remembered(await request<Setting>(method, `/api/admin/settings/${name}/`, { json }));
}

/**
 * Takes a change back.
 *
 * @param version of its setting, as far as this page knows
 * @throws Problem `version_conflict` if another change came first
 */
export async function rollBack(changeId: number, version: number | undefined): Promise<Setting> {
  const json = version === undefined ? {} : { expected_version: version };
  const path = `/api/admin/setting-changes/${changeId}/rollback/`;
  return remembered(await request<Setting>('POST', path, { json }));
}

/** The language and the name of a text of mails, whose changes are in the same history; undefined: it is a setting. */
export function textOfChange(name: string): { locale: string; name: string } | undefined {
  const [kind, locale = '', text = ''] = name.split(':');
  return kind === 'MAIL_TEXT' ? { locale, name: text } : undefined;
}

/** @throws Problem */
export async function rollBackText(changeId: number, changed: string): Promise<void> {
  const text = textOfChange(changed);
  const path = `/api/admin/mail-texts/${text?.locale}/${text?.name}/changes/${changeId}/rollback/`;
  await request('POST', path, { json: {} });
}

function remembered(setting: Setting): Setting {
  own.add(setting.version);
  return setting;
}

export const isOwnVersion = (version: number): boolean => own.has(version);
