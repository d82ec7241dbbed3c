import type { Database, Db } from '../../../db/database.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { dropImportedApps, importApps, type SealDeps } from '../../sign-in/factors/index.ts';
import type { Candidate } from './check-record.ts';
import type { RolesOf } from './role-mapping.ts';
import { type LeftRow, presentRow, type Split, type Splitting, splitKnown } from './split-known.ts';
import {
  assignRoles,
  findAssignments,
  findKnownUsers,
  insertImportedUsers,
  type Reset,
  resetUsers,
  unassignRoles,
} from './user-import.queries.ts';

/** The outcome for the rows of a batch. */
export interface Outcome {
  /** Each with the id that it has now. */
  readonly added: readonly (readonly [Candidate, number])[];
  readonly left: readonly LeftRow[];
}

/** In a dry run this takes the place of an id. */
const anyId = 1;

/** What would become of them. */
export function wouldAdd({ added, resets, left }: Split): Outcome {
  return {
    added: added.map((candidate) => [candidate, anyId] as const),
    left: [...left, ...resets.map((reset) => presentRow('reset', reset))],
  };
}

export interface Adding {
  readonly trx: Db;
  readonly database: Database;
  readonly actor: Actor;
  readonly nowMs: number;
  readonly rolesOf: RolesOf;
  /** Seals the secrets of authenticator apps; undefined: the candidates have none. */
  readonly seal: SealDeps | undefined;
  /** Whether the file says who has an authenticator app. */
  readonly saysApps: boolean;
}

/** Adds or resets the users of a batch, and records it. */
export async function addUsers(
  adding: Adding,
  batch: readonly Candidate[],
  splitting: Splitting,
): Promise<Outcome> {
  const { trx, database, actor, nowMs } = adding;
  const known = splitKnown(batch, await findKnownUsers(trx, database, batch), splitting);
  const rows = await insertImportedUsers(trx, database, known.added, nowMs);
  const idOf = new Map(rows.map((row) => [row.emailNormalized, row.id]));
  const added = known.added.flatMap((candidate) => {
    const id = idOf.get(candidate.emailNormalized);
    return id === undefined ? [] : [[candidate, id] as const];
  });
  // Another request came first: now it shows whose.
  const late = known.added.filter(({ emailNormalized }) => !idOf.has(emailNormalized));
  const lateUsers = await findKnownUsers(trx, database, late);
  const settled = splitKnown(late, lateUsers, { ...splitting, resetsUnused: false });
  const resetIds = new Set(await resetUsers(trx, database, known.resets, nowMs));
  const isReset = ({ id }: { id: number }) => resetIds.has(id);
  const resets = known.resets.filter((reset) => isReset(reset.known));
  // A user who was never changed here has the roles of the import before, and no others.
  const reimported = resets.filter(({ known: { importedAtMs } }) => importedAtMs !== null);
  await unassignUnmapped(adding, reimported);
  const reset = resets.map(({ candidate, known }) => [candidate, known.id] as const);
  await assignMapped(adding, [...added, ...reset]);
  if (adding.saysApps) await dropApps(adding, resets);
  await addApps(adding, [...added, ...reset]);
  if (added.length > 0) {
    const superusers = added.filter(([{ isSuperuser }]) => isSuperuser);
    const details = {
      count: added.length,
      user_ids: added.map(([, id]) => id),
      superuser_ids: superusers.map(([, id]) => id),
      authenticator_apps: countApps(added),
    };
    await record(trx, { kind: 'users.imported', actor, atMs: nowMs, details });
  }
  if (resets.length > 0) {
    const apps = { authenticator_apps: countApps(reset) };
    const details = { count: resets.length, user_ids: [...resetIds], ...apps };
    await record(trx, { kind: 'users.reset_by_import', actor, atMs: nowMs, details });
    const ofSuperusers = resets.flatMap(({ candidate: { isSuperuser }, known }) =>
      isSuperuser === (known.isSuperuser === 1) || (!isSuperuser && known.importedAtMs === null)
        ? []
        : [{ userId: known.id, details: { is_superuser: isSuperuser } }],
    );
    const event = { kind: 'user.superuser_changed', actor, atMs: nowMs } as const;
    await record(trx, ...ofSuperusers.map((change) => ({ ...event, ...change })));
  }
  const present = known.resets.map((reset) =>
    presentRow(isReset(reset.known) ? 'reset' : 'already_present', reset),
  );
  return { added, left: [...known.left, ...settled.left, ...present] };
}

type Added = readonly (readonly [Candidate, number])[];

const countApps = (users: Added) => users.reduce((sum, [{ apps }]) => sum + apps.length, 0);

/** Gives users the authenticator apps that they have in the file. */
async function addApps({ trx, database, seal, nowMs }: Adding, users: Added): Promise<void> {
  if (!seal) return;
  const apps = users.flatMap(([candidate, userId]) =>
    candidate.apps.map((app) => ({ userId, ...app })),
  );
  await importApps(trx, database, seal, apps, nowMs);
}

/** Removes the apps of users who had them at the import before, and have none in the file: their phones have them no more. */
async function dropApps(
  { trx, database, actor, nowMs }: Adding,
  resets: readonly Reset[],
): Promise<void> {
  const imports = resets.flatMap(({ candidate: { apps }, known: { id: userId, importedAtMs } }) =>
    apps.length === 0 && importedAtMs !== null ? [{ userId, importedAtMs }] : [],
  );
  await dropImportedApps(trx, database, imports, { actor, nowMs });
}

/** Unassigns the roles that users have, and would not get for their groups now. */
async function unassignUnmapped(
  { trx, database, actor, nowMs, rolesOf }: Adding,
  resets: readonly Reset[],
): Promise<void> {
  const keptBy = new Map(resets.map(({ candidate, known }) => [known.id, rolesOf(candidate)]));
  const has = await findAssignments(trx, database, [...keptBy.keys()]);
  const lost = has.filter(({ userId, roleId }) => !keptBy.get(userId)?.includes(roleId));
  await unassignRoles(trx, database, lost);
  const none = { added_roles: [], added: [], removed: [] };
  await record(
    trx,
    ...[...Map.groupBy(lost, ({ userId }) => userId)].map(([userId, ofUser]) => ({
      ...({ kind: 'user.permissions_changed', actor, atMs: nowMs, userId } as const),
      details: { removed_roles: ofUser.map(({ roleId }) => roleId), ...none },
    })),
  );
}

/** Assigns the roles that users get for their groups, each recorded as an assignment by hand is. */
async function assignMapped(
  { trx, database, actor, nowMs, rolesOf }: Adding,
  users: readonly (readonly [Candidate, number])[],
): Promise<void> {
  const assignments = users.flatMap(([candidate, userId]) =>
    rolesOf(candidate).map((roleId) => ({ userId, roleId })),
  );
  const assigned = await assignRoles(trx, database, assignments);
  const byUser = Map.groupBy(assigned, ({ userId }) => userId);
  const none = { removed_roles: [], added: [], removed: [] };
  await record(
    trx,
    ...[...byUser].map(([userId, ofUser]) => ({
      ...({ kind: 'user.permissions_changed', actor, atMs: nowMs, userId } as const),
      details: { added_roles: ofUser.map(({ roleId }) => roleId), ...none },
    })),
  );
}
