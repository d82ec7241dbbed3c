import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import { badCursor, type Position, readCursor, writeCursor } from '../../../http/cursor.ts';
import { type Acr, levelOfAcr } from '../../../lib/auth-level.ts';
import { loneSurrogate, prefixEnd, trimWhiteSpace } from '../../../lib/text.ts';
import { findRole } from '../../identity/roles/index.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import {
  findIdsByFactorLevel,
  findIdsByFilter,
  findIdsByPrefix,
  findIdsByRole,
  findKeyAhead,
  findUsersAlong,
  findUsersAmong,
  type Key,
  keyOf,
  type Order,
  type Prefix,
  type Search,
  type Stretch,
  type UserFilters,
  type UserRow,
} from './list-users.queries.ts';
import { readStretches, type StretchBounds, usualStretches } from './read-stretches.ts';
import { type ListedUser, viewUsers } from './user-view.ts';

/**
 * Lists of users, a page at a time, each in milliseconds however many there are: see
 * docs/decisions/user-lists.md. A page is read either from the few users that a search or a filter
 * leaves (`sorted`), or along an index (`along`).
 */

export const userSorts = ['id', '-id', 'email', '-email', 'created_at', '-created_at'] as const;
export type UserSort = (typeof userSorts)[number];

/** Which users, and in which order. */
export interface UserQuery {
  /** The beginning of the email or the username; the domain of the email, after `@`; or the id. */
  readonly search?: string | undefined;
  /** Only these. */
  readonly ids?: readonly number[] | undefined;
  readonly isActive?: boolean | undefined;
  readonly isSuperuser?: boolean | undefined;
  readonly roleId?: number | undefined;
  /** How strongly they can sign in. */
  readonly acr?: Acr | undefined;
  readonly sort?: UserSort | undefined;
}

export interface UserPage {
  readonly users: readonly ListedUser[];
  /** Where the list goes on; undefined at its end. */
  readonly nextCursor: string | undefined;
}

/** How much one page may cost. Tests lower it; there is nothing to configure. */
export interface ListBounds extends StretchBounds {
  /** So many are put into any order; more are listed in the order of an index. */
  readonly maxSorted: number;
  /** A search that has begun with few goes on with a few more: users are made meanwhile. */
  readonly maxSortedLater: number;
}

const usualBounds: ListBounds = { ...usualStretches, maxSorted: 1_000, maxSortedLater: 10_000 };

/**
 * One page of a list. It may be shorter than `limit`, or empty, before the list ends: where a filter
 * leaves few of very many. A search that more than 1,000 match is in the order of emails, then user
 * names, whatever `sort` says.
 *
 * @throws AppError `invalid_fields` for a cursor of another list, and a search that nothing could match
 */
export async function listUsers(
  { database }: { database: Database },
  query: UserQuery,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  bounds: ListBounds = usualBounds,
): Promise<UserPage> {
  const { rows, nextCursor } = await readPage(database, query, page, bounds);
  return { users: await viewUsers(database.db, rows), nextCursor };
}

async function readPage(
  database: Database,
  query: UserQuery,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  bounds: ListBounds,
): Promise<RowPage> {
  const list = nameOf(query);
  const search = readSearch(query.search);
  const sort = orderOf(query.sort);
  const { isActive, isSuperuser, roleId, acr } = query;
  // Of a role that was deleted rows may be left for a while.
  const isRoleGone = roleId !== undefined && !(await findRole(database.db, roleId));
  if (isRoleGone) return { rows: [], nextCursor: undefined };
  const factorLevel = acr && levelOfAcr(acr);
  const filters = { isActive, isSuperuser, roleId, factorLevel, matching: search };
  const parts = partsOf(search, sort);
  const isPosition = (position: Position) => isPositionIn(parts, sort, position);
  const position =
    page.cursor === undefined ? undefined : readCursor(list, page.cursor, isPosition);
  const [way, ...rest] = position ?? [];

  if (way !== 'along') {
    const most = position ? bounds.maxSortedLater : bounds.maxSorted;
    const ids = query.ids ?? (await findFew(database, filters, most));
    if (ids) {
      const stretch = { ...sort, after: position && rest };
      const users = await findUsersAmong(database, ids, stretch, filters, page.limit + 1);
      const found = users.map((user) => ({ user, at: ['sorted', ...keyOf(sort.order, user)] }));
      return pageOf(list, found, page.limit);
    }
    if (position) throw badCursor();
  }
  const [part = 0, ...after] = rest as [number?, ...Key];
  return walk(database, list, parts, filters, { part, after, limit: page.limit, bounds });
}

interface RowPage {
  readonly rows: readonly UserRow[];
  readonly nextCursor: string | undefined;
}

interface Found {
  readonly user: UserRow;
  readonly at: Position;
}

/** @param found one more than the page has, if there is one */
function pageOf(list: string, found: readonly Found[], limit: number): RowPage {
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return {
    rows: shown.map(({ user }) => user),
    nextCursor: last && writeCursor(list, last.at),
  };
}

/** Reads a page along the parts of a list. */
async function walk(
  { db }: Database,
  list: string,
  parts: readonly Part[],
  filters: UserFilters,
  from: {
    readonly part: number;
    readonly after: Key;
    readonly limit: number;
    readonly bounds: ListBounds;
  },
): Promise<RowPage> {
  const found: Found[] = [];
  let after = from.after.length > 0 ? from.after : undefined;
  for (let index = from.part; index < parts.length; index += 1, after = undefined) {
    const part = parts[index] as Part;
    const wanted = { ...filters, ...part.filters, matching: undefined };
    const isFiltered = Object.values(wanted).some((value) => value !== undefined);
    const stretchAt = (key: Key | undefined) => ({
      ...part.stretch,
      after: key ?? part.stretch.after,
    });
    const { rows, stoppedAt } = await readStretches<UserRow, Key>(
      {
        async findKeyAhead(key, places) {
          return isFiltered ? findKeyAhead(db, stretchAt(key), places) : undefined;
        },
        read(key, through, limit) {
          const stretch = { ...stretchAt(key), through: through ?? part.stretch.through };
          return findUsersAlong(db, stretch, wanted, limit);
        },
      },
      { after, limit: from.limit + 1 - found.length },
      from.bounds,
    );
    const at = (user: UserRow) => ['along', index, ...keyOf(part.stretch.order, user)];
    found.push(...rows.map((user) => ({ user, at: at(user) })));
    if (found.length > from.limit) break;
    if (stoppedAt) {
      const nextCursor = writeCursor(list, ['along', index, ...stoppedAt]);
      return { rows: found.map(({ user }) => user), nextCursor };
    }
  }
  return pageOf(list, found, from.limit);
}

/** The name of the list that cursors belong to. */
function nameOf({ search, ids, isActive, isSuperuser, roleId, acr, sort }: UserQuery): string {
  return JSON.stringify(['users', search, ids, isActive, isSuperuser, roleId, acr, sort]);
}

/** @throws AppError `invalid_fields` */
function readSearch(text: string | undefined): Search | undefined {
  const trimmed = trimWhiteSpace(text ?? '');
  if (trimmed === '') return undefined;
  if (trimmed.includes('\0') || loneSurrogate(trimmed) !== undefined) {
    throw new AppError('invalid_fields', { members: { search: ['Not a valid string.'] } });
  }
  return {
    id: /^[1-9]\d{0,14}$/.test(trimmed) ? Number(trimmed) : undefined,
    email: trimmed.startsWith('@')
      ? { by: 'domain', ...prefixOf(normalizeEmail(trimmed).slice(1)) }
      : { by: 'email', ...prefixOf(normalizeEmail(trimmed)) },
    username: prefixOf(trimmed),
  };
}

function prefixOf(from: string): Prefix {
  return { from, end: prefixEnd(from) };
}

function orderOf(sort: UserSort = 'id'): { order: Order; isDescending: boolean } {
  const isDescending = sort.startsWith('-');
  return { order: (isDescending ? sort.slice(1) : sort) as Order, isDescending };
}

/** A part of a list that is read along one index, without users that an earlier part has. */
interface Part {
  readonly stretch: Stretch;
  readonly filters: UserFilters;
}

function partsOf(
  search: Search | undefined,
  sort: { order: Order; isDescending: boolean },
): Part[] {
  if (!search) return [{ stretch: sort, filters: {} }];
  const { id, email, username } = search;
  const isDescending = false;
  return [
    {
      stretch: { order: 'id', isDescending, after: [(id ?? 0) - 1], through: [id ?? 0] },
      filters: {},
    },
    {
      stretch: { order: email.by, isDescending, prefix: email },
      filters: { exceptId: id },
    },
    {
      stretch: { order: 'username', isDescending, prefix: username },
      filters: { exceptId: id, exceptEmail: email },
    },
  ];
}

/** Whether a cursor's position is one of this list, with a key of the types of its order. */
function isPositionIn(
  parts: readonly Part[],
  sort: { order: Order },
  [way, ...rest]: Position,
): boolean {
  if (way === 'sorted') return isKeyOf(sort.order, rest);
  const [part, ...key] = rest;
  const stretch = typeof part === 'number' ? parts[part]?.stretch : undefined;
  if (way !== 'along' || !stretch || !isKeyOf(stretch.order, key)) return false;
  return stretch.prefix === undefined || String(key[0]).startsWith(stretch.prefix.from);
}

const keyTypes: Readonly<Record<Order, readonly string[]>> = {
  id: ['number'],
  email: ['string'],
  domain: ['string', 'number'],
  username: ['string'],
  created_at: ['number', 'number'],
};

function isKeyOf(order: Order, key: Key): boolean {
  const types = keyTypes[order];
  return key.length === types.length && types.every((type, index) => typeof key[index] === type);
}

/** The ids of the users who can be in the list, if a search or a filter leaves few; undefined otherwise. */
async function findFew(
  { db }: Database,
  { isActive, isSuperuser, roleId, factorLevel, matching }: UserFilters,
  limit: number,
): Promise<number[] | undefined> {
  const isFew = (ids: readonly number[]) => ids.length <= limit;
  if (matching) {
    const { id, email, username } = matching;
    const ids = await findIdsByPrefix(db, email.by, email, limit + 1);
    if (isFew(ids)) ids.push(...(await findIdsByPrefix(db, 'username', username, limit + 1)));
    if (isFew(ids)) return id === undefined ? ids : [id, ...ids];
  }
  if (roleId !== undefined) {
    const ids = await findIdsByRole(db, roleId, limit + 1);
    if (isFew(ids)) return ids;
  }
  for (const few of [isSuperuser === true && { isSuperuser }, isActive === false && { isActive }]) {
    const ids = few ? await findIdsByFilter(db, few, limit + 1) : undefined;
    if (ids && isFew(ids)) return ids;
  }
  if (factorLevel !== undefined) {
    const ids = await findIdsByFactorLevel(db, factorLevel, limit + 1);
    if (isFew(ids)) return ids;
  }
  return undefined;
}
