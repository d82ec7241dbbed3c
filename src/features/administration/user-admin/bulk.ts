import { declareBody, optional } from '../../../contract/declare-body.ts';
import { listField, readId } from '../../../contract/list-fields.ts';
import { choiceField, idSchema } from '../../../contract/value-fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError, problemDocument } from '../../../errors/index.ts';
import { refusalOf } from './refusals.ts';
import { endOfSessions } from './sessions-admin.ts';
import { reasonField } from './user-bodies.ts';
import { activation, deactivation, prepareRemoval, removal } from './user-state.ts';
import { type Administrator, type UserTask, withUsers } from './with-user.ts';

/** The same done with many users, each by its own rules. */

/** The permission that each action needs. */
export const permissionOf = {
  activate: 'users.change',
  deactivate: 'users.change',
  delete: 'users.delete',
  end_sessions: 'sessions.end',
} as const;

type BulkAction = keyof typeof permissionOf;

const bulkActions = Object.keys(permissionOf) as BulkAction[];
export const bulkPermissions = [...new Set(Object.values(permissionOf))];
const maxBulk = 200;
/**
 * So many users share a transaction: a commit for each is most of the time on PostgreSQL, and one for all
 * keeps others from writing for too long on SQLite.
 */
const batchSize = 20;

export const bulkBody = declareBody(
  {
    action: choiceField(bulkActions, { examples: ['deactivate'] }),
    ids: listField({
      ...{ items: idSchema(), readItem: readId },
      ...{ minItems: 1, maxItems: maxBulk, examples: [[7, 8]] },
    }),
    reason: optional(reasonField),
  },
  { title: 'BulkAction' },
);

interface BulkOrder {
  readonly action: BulkAction;
  readonly ids: readonly number[];
  readonly reason?: string;
}

/** The outcome for one user. */
export interface BulkResult {
  readonly id: number;
  readonly ok: boolean;
  readonly code?: string;
  readonly detail?: string;
}

/** Runs an action on users, batch after batch. A failure for one user does not stop the others. */
export async function runBulk(
  deps: Deps,
  { action, ids, reason }: BulkOrder,
  actor: Administrator,
): Promise<BulkResult[]> {
  const task = taskOf(action, actor, reason ?? null);
  const failures = new Map<number, unknown>();
  for (let from = 0; from < ids.length; from += batchSize) {
    const batch = ids.slice(from, from + batchSize);
    if (action === 'delete') {
      // What keeps from it the removal itself says.
      for (const id of batch) await prepareRemoval(deps, id, actor).catch(() => undefined);
    }
    for (const [id, error] of await runBatch(deps, batch, actor, task)) failures.set(id, error);
  }
  return ids.map((id) => {
    const error = failures.get(id);
    return error === undefined ? { id, ok: true } : { id, ok: false, ...causeOf(deps, error) };
  });
}

function taskOf(
  action: BulkAction,
  actor: Administrator,
  reason: string | null,
): UserTask<unknown> {
  switch (action) {
    case 'activate':
      return activation(actor);
    case 'deactivate':
      return deactivation(actor, reason);
    case 'delete':
      return removal(actor);
    case 'end_sessions':
      return endOfSessions(actor);
  }
}

/** If all of them together fail, each is tried alone to find the one that fails. */
async function runBatch(
  deps: Deps,
  ids: readonly number[],
  actor: Administrator,
  task: UserTask<unknown>,
): Promise<Map<number, unknown>> {
  try {
    return await withUsers(deps, ids, actor, task);
  } catch (error) {
    if (ids.length === 1) return new Map(ids.map((id) => [id, error]));
    const failures = new Map<number, unknown>();
    for (const id of ids) {
      for (const [_, cause] of await runBatch(deps, [id], actor, task)) failures.set(id, cause);
    }
    return failures;
  }
}

/** As the answer to a request for this user alone would say it. */
function causeOf({ log }: Deps, thrown: unknown): { code: string; detail?: string } {
  const refusal = refusalOf(thrown);
  if (!(refusal instanceof AppError)) log.error({ err: thrown }, 'one user of many failed');
  const error = refusal instanceof AppError ? refusal : new AppError('internal_error');
  const { code, detail } = problemDocument(error, '');
  return { code, ...(typeof detail === 'string' && { detail }) };
}
