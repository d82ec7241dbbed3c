import { type Body, bodyObject, throwFieldErrors } from '../../../contract/fields.ts';
import { listErrors, readId, readList } from '../../../contract/list-fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError, problemDocument } from '../../../errors/index.ts';
import { type Administrator, activateUser, deactivateUser, removeUser } from './change-user.ts';
import { refusalOf } from './refusals.ts';
import { endSessionsOf } from './sessions-admin.ts';
import { readReason } from './user-bodies.ts';

/** The same done with many users, each by its own rules and in its own transaction. */

/** What each action takes by itself. */
const permissionOf = {
  activate: 'users.change',
  deactivate: 'users.change',
  delete: 'users.delete',
  end_sessions: 'sessions.end',
} as const;

type BulkAction = keyof typeof permissionOf;

export const bulkActions = Object.keys(permissionOf) as BulkAction[];
export const bulkPermissions = [...new Set(Object.values(permissionOf))];
export const maxBulk = 200;

export interface BulkOrder {
  readonly action: BulkAction;
  readonly permission: string;
  readonly ids: readonly number[];
  readonly reason: string | null;
}

/** What came of one user. */
export interface BulkResult {
  readonly id: number;
  readonly ok: boolean;
  readonly code?: string;
  readonly detail?: string;
}

/** @throws AppError `invalid_fields`, `invalid_body` */
export function readBulk(body: Body): BulkOrder {
  const { action } = bodyObject(body);
  const isAction = typeof action === 'string' && Object.hasOwn(permissionOf, action);
  const ids = readList(body, 'ids', { maxItems: maxBulk, read: readId });
  throwFieldErrors({
    ...(!isAction && { action: [`Must be one of ${bulkActions.join(', ')}.`] }),
    ...listErrors({ ids }),
    ...(!ids.errors && !ids.items?.length && { ids: ['This field is required.'] }),
  });
  const known = action as BulkAction;
  return {
    action: known,
    permission: permissionOf[known],
    ids: ids.items ?? [],
    reason: readReason(body),
  };
}

/** Does it with one after the other. Those that fail stand in no way of the others. */
export async function runBulk(
  deps: Deps,
  { action, ids, reason }: BulkOrder,
  actor: Administrator,
): Promise<BulkResult[]> {
  const run: Readonly<Record<BulkAction, (id: number) => Promise<unknown>>> = {
    activate: (id) => activateUser(deps, id, actor),
    deactivate: (id) => deactivateUser(deps, id, actor, reason),
    delete: (id) => removeUser(deps, id, actor),
    end_sessions: (id) => endSessionsOf(deps, id, actor),
  };
  const results: BulkResult[] = [];
  for (const id of ids) {
    try {
      await run[action](id);
      results.push({ id, ok: true });
    } catch (error) {
      results.push({ id, ok: false, ...causeOf(deps, error) });
    }
  }
  return results;
}

/** As the answer to a request for this user alone would say it. */
function causeOf({ log }: Deps, thrown: unknown): { code: string; detail?: string } {
  const refusal = refusalOf(thrown);
  if (!(refusal instanceof AppError)) log.error({ err: thrown }, 'one user of many failed');
  const error = refusal instanceof AppError ? refusal : new AppError('internal_error');
  const { code, detail } = problemDocument(error, '');
  return { code, ...(typeof detail === 'string' && { detail }) };
}
