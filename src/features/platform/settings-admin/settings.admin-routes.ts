import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { orCurrent } from '../../../contract/expected-version.ts';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { readCursor, writeCursor } from '../../../http/cursor.ts';
import { errorAnswers, idPath, pageQuery } from '../../../http/schemas.ts';
import { changeJson } from '../../../settings/change-json.ts';
import {
  resetSetting,
  rollbackSetting,
  setSetting,
  settingHistory,
  UnknownChangeError,
} from '../../../settings/change-settings.ts';
import { isMailTextSetting } from '../../../settings/mail-text-settings.ts';
import {
  isSettingName,
  parseSetting,
  type SettingName,
  SettingValueError,
} from '../../../settings/registry.ts';
import { findSettingChange } from '../../../settings/settings.queries.ts';
import { actorOf } from '../audit/index.ts';
import {
  newValueBody,
  resetBody,
  rollbackBody,
  settingSchema,
  settingSchemas,
} from './setting-schemas.ts';
import { listSettings, readSetting, type SettingViewDeps } from './setting-view.ts';
import { auditedChange, type SettingChanger } from './settings-admin.ts';

const { changedName, settingList, changePage, namePath } = settingSchemas;

const historyQuery = Type.Object({
  name: Type.Optional({ ...changedName, description: 'Only of this setting, or of this text.' }),
  ...pageQuery,
});

const shared = { tags: ['Settings'] };
type ByName = { Params: Static<typeof namePath> };
type ById = { Params: Static<typeof idPath> };
const changed = {
  200: settingSchema,
  ...errorAnswers(
    { body: true, admin: true },
    ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
    ...(['version_conflict', 'setting_pinned'] as const),
  ),
};

/** Administrators see the live settings, change them, and undo changes. */
export function settingsAdminRoutes(app: FastifyInstance, deps: Deps & SettingViewDeps): void {
  app.route({
    method: 'GET',
    url: '/api/admin/settings/',
    config: { auth: { kind: 'admin', permission: 'settings.view' } },
    schema: {
      ...shared,
      operationId: 'listSettings',
      summary: 'List the live settings',
      response: { 200: settingList, ...errorAnswers({ admin: true }) },
    },
    handler: async () => ({ items: await listSettings(deps) }),
  });

  app.route<ByName>({
    method: 'GET',
    url: '/api/admin/settings/:name/',
    config: { auth: { kind: 'admin', permission: 'settings.view' } },
    schema: {
      ...shared,
      operationId: 'readSetting',
      summary: 'Read a setting',
      params: namePath,
      response: { 200: settingSchema, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: ({ params }) => readSetting(deps, nameOf(params)),
  });

  app.route<ByName>({
    method: 'PUT',
    url: '/api/admin/settings/:name/',
    config: {
      auth: { kind: 'admin', permission: 'settings.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'changeSetting',
      summary: 'Change a setting',
      description: 'It applies from the next request on, and on every node within a second.',
      params: namePath,
      body: newValueBody.schema,
      response: changed,
    },
    handler: async (request) => {
      const name = nameOf(request.params);
      const { value, ...change } = newValueBody.read(request.body as Body);
      requireUnpinned(deps, name);
      const origin = auditedChange(changerOf(request, change));
      const changed = asAnswer(() => setSetting(deps, name, parseSetting(name, value), origin));
      await orCurrent(changed, () => readSetting(deps, name));
      return readSetting(deps, name);
    },
  });

  app.route<ByName>({
    method: 'DELETE',
    url: '/api/admin/settings/:name/',
    config: {
      auth: { kind: 'admin', permission: 'settings.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'resetSetting',
      summary: 'Reset a setting to its default',
      params: namePath,
      body: resetBody.schema,
      response: changed,
    },
    handler: async (request) => {
      const name = nameOf(request.params);
      const change = resetBody.read(request.body as Body);
      requireUnpinned(deps, name);
      const origin = auditedChange(changerOf(request, change));
      const changed = asAnswer(() => resetSetting(deps, name, origin));
      await orCurrent(changed, () => readSetting(deps, name));
      return readSetting(deps, name);
    },
  });

  app.route<{ Querystring: Static<typeof historyQuery> }>({
    method: 'GET',
    url: '/api/admin/setting-changes/',
    config: { auth: { kind: 'admin', permission: 'settings.view' } },
    schema: {
      ...shared,
      operationId: 'listSettingChanges',
      summary: 'List the changes of settings, newest first',
      querystring: historyQuery,
      response: { 200: changePage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: async ({ query: { name, limit, cursor } }) => {
      if (name !== undefined && !isSettingName(name) && !isMailTextSetting(name)) {
        return { items: [], next_cursor: null };
      }
      const list = `setting changes ${name ?? ''}`;
      const [beforeId] = cursor === undefined ? [] : readCursor(list, cursor, isId);
      const filter = { name, beforeId: beforeId as number | undefined, limit: limit + 1 };
      const found = await settingHistory(deps, filter);
      const items = found.slice(0, limit).map(changeJson);
      const last = items.at(-1);
      const next = found.length > limit && last ? writeCursor(list, [last.id]) : null;
      return { items, next_cursor: next };
    },
  });

  app.route<ById>({
    method: 'POST',
    url: '/api/admin/setting-changes/:id/rollback/',
    config: {
      auth: { kind: 'admin', permission: 'settings.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'rollBackSettingChange',
      summary: 'Undo a change',
      description:
        'The setting gets the value that it had before that change, even if it was changed again ' +
        'since. `expected_version` is that of the setting. This is recorded as a new change. The ' +
        'answer is the setting.',
      params: idPath,
      body: rollbackBody.schema,
      response: {
        200: settingSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
          ...(['version_conflict', 'setting_pinned'] as const),
        ),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const order = rollbackBody.read(request.body as Body);
      const origin = auditedChange(changerOf(request, order));
      const change = await findSettingChange(deps.database.db, id);
      if (!change) throw new AppError('not_found');
      const name = nameOf(change);
      requireUnpinned(deps, name);
      const undone = asAnswer(() => rollbackSetting(deps, id, origin));
      await orCurrent(undone, () => readSetting(deps, name));
      return readSetting(deps, name);
    },
  });
}

export function changerOf(
  request: FastifyRequest,
  change: { readonly reason?: string; readonly expected_version?: number },
): SettingChanger {
  const { reason = '', expected_version: expectedVersion } = change;
  return { actor: actorOf(request), reason, expectedVersion };
}

/** @throws AppError `not_found` */
function nameOf({ name }: { name: string }): SettingName {
  if (isSettingName(name)) return name;
  throw new AppError('not_found');
}

/** @throws AppError `setting_pinned` */
function requireUnpinned({ settings }: Deps, name: SettingName): void {
  if (!settings.isPinned(name)) return;
  throw new AppError('setting_pinned', {
    detail: `LATCHKEY_${name} is set in the environment of the server, and decides.`,
  });
}

/** What went wrong with a change, as the answer to a request. */
async function asAnswer(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (error instanceof SettingValueError) {
      throw new AppError('invalid_fields', { members: { value: [error.message] } });
    }
    if (error instanceof UnknownChangeError) throw new AppError('not_found');
    throw error;
  }
}

function isId([id, ...rest]: readonly unknown[]): boolean {
  return typeof id === 'number' && rest.length === 0;
}
