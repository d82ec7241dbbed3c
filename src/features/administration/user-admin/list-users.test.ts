import fc from 'fast-check';
import { CompiledQuery, type Selectable, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startServer, type TestServer } from '../../../../test/harness.ts';
import { runs } from '../../../../test/long.ts';
import type { Schema } from '../../../db/schema.ts';
import { type AuthLevel, acrOf, acrValues } from '../../../lib/auth-level.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import { listUsers } from './index.ts';
import { type ListBounds, type UserQuery, userSorts } from './list-users.ts';
import type { ListedUser } from './user-view.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface NewUser {
  readonly email: string;
  readonly username?: string;
  readonly isActive?: boolean;
  readonly isSuperuser?: boolean;
  readonly factorLevel?: AuthLevel;
  readonly createdAtMs?: number;
}

async function insert(users: readonly NewUser[]): Promise<number[]> {
  if (users.length === 0) return [];
  const rows = await server.deps.database.db
    .insertInto('users')
    .values(
      users.map((user) => ({
        email: user.email,
        email_normalized: normalizeEmail(user.email),
        username: user.username ?? '',
        password_hash: null,
        is_active: user.isActive === false ? 0 : 1,
        is_superuser: user.isSuperuser ? 1 : 0,
        factor_level: user.factorLevel ?? 1,
        created_at_ms: user.createdAtMs ?? 1,
        updated_at_ms: 1,
      })),
    )
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

async function clear(): Promise<void> {
  await server.deps.database.db.deleteFrom('users').execute();
}

/** Page by page to the end; `between` happens between two pages. */
async function readAll(
  query: UserQuery,
  { limit, bounds, between }: { limit: number; bounds?: ListBounds; between?(): Promise<void> },
): Promise<ListedUser[]> {
  const all: ListedUser[] = [];
  let cursor: string | undefined;
  do {
    const page = await listUsers(server.deps, query, { limit, cursor }, bounds);
    expect(page.users.length).toBeLessThanOrEqual(limit);
    all.push(...page.users);
    cursor = page.nextCursor;
    await between?.();
  } while (cursor !== undefined);
  return all;
}

const emails = (users: readonly ListedUser[]) => users.map((user) => user.email);

test('a search finds what an email or a user name begins with, or an id', async () => {
  await clear();
  const [first = 0] = await insert([
    { email: 'Ada@Example.com', username: 'Countess' },
    { email: 'ada_b@example.com' },
    { email: 'adaxb@example.com', username: 'ada%' },
    { email: 'bob@example.com', username: 'adam' },
    { email: 'éva@example.com', username: '\u{10ffff}' },
  ]);
  const search = async (text: string) =>
    emails((await listUsers(server.deps, { search: text, sort: 'email' }, { limit: 10 })).users);
  expect(await search('ADA')).toEqual([
    'Ada@Example.com',
    'ada_b@example.com',
    'adaxb@example.com',
  ]);
  expect(await search('ada')).toHaveLength(4); // one by a user name, whose case counts
  expect(await search('ada_')).toEqual(['ada_b@example.com']); // letters, not what LIKE takes them for
  expect(await search('ada%')).toEqual(['adaxb@example.com']);
  expect(await search(' Count ')).toEqual(['Ada@Example.com']);
  expect(await search(String(first))).toEqual(['Ada@Example.com']);
  expect(await search('É')).toEqual(['éva@example.com']);
  expect(await search('\u{10ffff}')).toEqual(['éva@example.com']);
  for (const nothing of ['zz', '%', "'", '\\', '999999999999999', '9'.repeat(40)]) {
    expect(await search(nothing)).toEqual([]);
  }
  for (const bad of ['\0', 'a\ud800']) {
    await expect(search(bad)).rejects.toMatchObject({ code: 'invalid_fields' });
  }
  expect(await search('')).toHaveLength(5);
});

test('a search that begins with @ finds the domain of an email, and user names that begin so', async () => {
  await clear();
  await insert([
    { email: 'ada@Example.com' },
    { email: 'bob@example.org', username: '@home' },
    { email: '"a@b"@sub.example.com' },
    { email: 'example@other.net' },
  ]);
  const search = async (text: string) =>
    emails((await listUsers(server.deps, { search: text, sort: 'email' }, { limit: 10 })).users);
  expect(await search('@EXAMPLE')).toEqual(['ada@Example.com', 'bob@example.org']);
  expect(await search('@example.com')).toEqual(['ada@Example.com']);
  expect(await search('@sub')).toEqual(['"a@b"@sub.example.com']);
  expect(await search('@h')).toEqual(['bob@example.org']);
  expect(await search('@b')).toEqual([]);
});

test('a search that many match is in the order of emails, then user names, the id first', async () => {
  await clear();
  const few = { maxSorted: 2, maxSortedLater: 4, stretchLength: 3, maxStretches: 2 };
  const [id = 0] = await insert([{ email: 'zoe@example.com' }]);
  const digits = String(id);
  await insert([
    { email: 'x1@example.com', username: `${digits}b` },
    { email: `${digits}b@example.com`, username: `${digits}c` },
    { email: `${digits}a@example.com` },
    { email: 'x2@example.com', username: `${digits}a` },
  ]);
  const found = await readAll({ search: digits, sort: '-created_at' }, { limit: 1, bounds: few });
  expect(emails(found)).toEqual([
    'zoe@example.com',
    `${digits}a@example.com`,
    `${digits}b@example.com`,
    'x2@example.com',
    'x1@example.com',
  ]);
});

test('a filter that leaves few of many gives short pages, and all of them in the end', async () => {
  await clear();
  await insert(
    Array.from({ length: 40 }, (_, n) => ({
      email: `${n}@example.com`,
      isActive: n % 10 === 9,
    })),
  );
  const bounds = { maxSorted: 1, maxSortedLater: 1, stretchLength: 5, maxStretches: 2 };
  const page = await listUsers(server.deps, { isActive: true }, { limit: 25 }, bounds);
  expect(emails(page.users)).toEqual(['9@example.com']);
  const all = await readAll({ isActive: true, sort: '-id' }, { limit: 25, bounds });
  expect(emails(all)).toEqual(['39', '29', '19', '9'].map((n) => `${n}@example.com`));
});

test('every query has an index: none looks at all users', async () => {
  const { db, engine } = server.deps.database;
  const spy = vi.spyOn(db.getExecutor(), 'executeQuery');
  for (const search of [undefined, 'ada', '@ada', '12']) {
    for (const sort of userSorts) {
      for (const filters of [
        ...[{}, { isActive: true }, { isActive: false }, { isSuperuser: true }],
        ...[{ acr: 'aal1' }, { acr: 'phr', isActive: true }],
      ] as UserQuery[]) {
        const bounds = { maxSorted: 0, maxSortedLater: 0, stretchLength: 10, maxStretches: 1 };
        await listUsers(server.deps, { search, sort, ...filters }, { limit: 5 });
        await listUsers(server.deps, { search, sort, ...filters }, { limit: 5 }, bounds);
      }
    }
  }
  const asked = new Map(
    spy.mock.calls
      .filter(([query]) => query.sql.includes('from "users"'))
      .map(([query]) => [query.sql, query as CompiledQuery]),
  );
  spy.mockRestore();
  expect(asked.size).toBeGreaterThan(20);
  const explain = engine === 'sqlite' ? 'explain query plan' : 'explain (costs off)';
  const plans = await db.transaction().execute(async (trx) => {
    // A table of a few rows is read from end to end and sorted, whatever index there is.
    for (const way of engine === 'postgres' ? ['seqscan', 'bitmapscan', 'sort'] : []) {
      await sql`set local ${sql.raw(`enable_${way}`)} = off`.execute(trx);
    }
    const found: string[] = [];
    for (const query of asked.values()) {
      const raw = CompiledQuery.raw(`${explain} ${query.sql}`, [...query.parameters]);
      const { rows } = await trx.executeQuery<Record<string, unknown>>(raw);
      found.push(`${query.sql}\n${rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n')}`);
    }
    return found;
  });
  const all = /^SCAN users$|Seq Scan on users/m;
  const isAlongIds = (plan: string) => plan.includes('order by users.id'); // SQLite's table itself
  expect(plans.filter((plan) => all.test(plan) && !isAlongIds(plan))).toEqual([]);
  // Rows that are read along an index come in its order, and are not sorted.
  const sorted = /TEMP B-TREE|^ *(->)? *(Incremental )?Sort$/m;
  expect(plans.filter((plan) => sorted.test(plan) && !/item/.test(plan))).toEqual([]);
});

describe('cursors', () => {
  test('belong to one list, and are refused by every other', async () => {
    await clear();
    await insert(['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com` })));
    const query: UserQuery = { search: '', sort: 'email', isActive: true };
    const { nextCursor = '' } = await listUsers(server.deps, query, { limit: 1 });
    const goOn = (other: UserQuery, cursor = nextCursor) =>
      listUsers(server.deps, other, { limit: 1, cursor });
    expect(emails((await goOn(query)).users)).toEqual(['b@example.com']);
    const badCursor = {
      code: 'invalid_fields',
      options: { members: { cursor: [expect.any(String)] } },
    };
    for (const other of [
      { ...query, sort: '-email' },
      { ...query, isActive: false },
      { ...query, isSuperuser: false },
      { ...query, acr: 'aal1' },
      { ...query, search: 'a' },
      {},
    ] as UserQuery[]) {
      await expect(goOn(other)).rejects.toMatchObject(badCursor);
    }
    const [mark] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString());
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      '',
      '!',
      'null',
      `${nextCursor}=`,
      nextCursor.slice(1),
      forged(null),
      forged([]),
      forged([mark]),
      forged([mark, 'along']),
      forged([mark, 'along', 0]),
      forged([mark, 'along', 0, 7]),
      forged([mark, 'along', 1, 'a']),
      forged([mark, 'along', 0.5, 'a']),
      forged([mark, 'along', '0', 'a']),
      forged([mark, 'along', 0, 'a', 'b']),
      forged([mark, 'along', 0, 'a\0']),
      forged([mark, 'sorted', ['a']]),
      forged([mark, 'toString', 'a']),
      forged({ 0: mark }),
      'a'.repeat(3_000),
    ]) {
      await expect(goOn(query, cursor), cursor).rejects.toMatchObject(badCursor);
    }
  });

  test('of a search lead nowhere outside it', async () => {
    await clear();
    await insert(['a', 'b1', 'b2', 'b3', 'c'].map((name) => ({ email: `${name}@example.com` })));
    const query: UserQuery = { search: 'b' };
    const page = (cursor?: string) =>
      listUsers(
        server.deps,
        query,
        { limit: 1, cursor },
        { maxSorted: 1, maxSortedLater: 1, stretchLength: 5, maxStretches: 2 },
      );
    const { nextCursor = '' } = await page();
    const [mark, way, part, key] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString());
    expect([way, key]).toEqual(['along', 'b1@example.com']);
    const forged = [mark, way, part, 'a'];
    await expect(
      page(Buffer.from(JSON.stringify(forged)).toString('base64url')),
    ).rejects.toMatchObject({ code: 'invalid_fields' });
    expect(emails((await page(nextCursor)).users)).toEqual(['b2@example.com']);
  });

  const word = fc.string({ unit: fc.constantFrom(...'aAbB_%é\uffff\u{10000}'), maxLength: 3 });
  const newUser = fc.record({
    email: word,
    hasUsername: fc.boolean(),
    username: word,
    isActive: fc.boolean(),
    isSuperuser: fc.boolean(),
    factorLevel: fc.constantFrom<AuthLevel>(1, 2, 3),
    createdAtMs: fc.integer({ min: 1, max: 3 }),
  });
  const anyQuery: fc.Arbitrary<UserQuery> = fc.record({
    search: fc.option(fc.constantFrom('a', 'b', 'é', 'A', '%', '1', '@X', '@y'), {
      nil: undefined,
    }),
    isActive: fc.option(fc.boolean(), { nil: undefined }),
    isSuperuser: fc.option(fc.boolean(), { nil: undefined }),
    acr: fc.option(fc.constantFrom(...acrValues), { nil: undefined }),
    sort: fc.constantFrom(...userSorts),
  });
  let serial = 0;

  /** Emails and user names are unique, whatever was drawn. */
  const distinct = (drawn: readonly (NewUser & { hasUsername: boolean; username: string })[]) =>
    drawn.map((user) => {
      serial += 1;
      return {
        ...user,
        email: `${user.email}${serial}@x`,
        username: user.hasUsername ? `${user.username}${serial}` : '',
      };
    });

  test('show nobody twice and miss nobody who stays, although users come and go between pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(newUser, { minLength: 1, maxLength: 25 }),
        fc.array(fc.record({ comes: fc.array(newUser, { maxLength: 3 }), goes: fc.nat() }), {
          maxLength: 6,
        }),
        anyQuery,
        fc.record({ limit: fc.integer({ min: 1, max: 6 }), few: fc.constantFrom(0, 3, 1_000) }),
        async (before, changes, query, { limit, few }) => {
          await clear();
          const kept = new Set(await insert(distinct(before)));
          const bounds = {
            ...{ maxSorted: few, maxSortedLater: 1_000 },
            ...{ stretchLength: 4, maxStretches: 2 },
          };
          const queue = [...changes];
          const { db } = server.deps.database;
          const seen = await readAll(query, {
            limit,
            bounds,
            async between() {
              const change = queue.shift();
              if (!change) return;
              await insert(distinct(change.comes));
              const id = [...kept][change.goes % Math.max(1, kept.size)];
              if (id === undefined) return;
              kept.delete(id);
              await db.deleteFrom('users').where('id', '=', id).execute();
            },
          });
          const ids = seen.map((user) => user.id);
          expect(new Set(ids).size).toBe(ids.length);
          const wanted = await db.selectFrom('users').selectAll().execute();
          const due = wanted.filter((user) => kept.has(user.id) && isWanted(query, user));
          expect(due.filter((user) => !ids.includes(user.id))).toEqual([]);
          const isInOrder = query.search === undefined || few === 1_000;
          if (isInOrder) expect(ids).toEqual(inOrder(query, seen));
        },
      ),
      { numRuns: runs(150) },
    );
  });

  function isWanted(
    { search, isActive, isSuperuser, acr }: UserQuery,
    user: Selectable<Schema['users']>,
  ): boolean {
    if (acr !== undefined && acr !== acrOf(user.factor_level)) return false;
    if (isActive !== undefined && isActive !== (user.is_active === 1)) return false;
    if (isSuperuser !== undefined && isSuperuser !== (user.is_superuser === 1)) return false;
    const email = normalizeEmail(user.email);
    const searched = search?.startsWith('@') ? email.slice(email.lastIndexOf('@')) : email;
    return (
      search === undefined ||
      search === String(user.id) ||
      searched.startsWith(normalizeEmail(search)) ||
      user.username.startsWith(search)
    );
  }

  function inOrder({ sort = 'id' }: UserQuery, users: readonly ListedUser[]): number[] {
    const upwards = users.toSorted((a, b) => {
      if (sort.endsWith('email')) {
        return Buffer.compare(
          Buffer.from(normalizeEmail(a.email)),
          Buffer.from(normalizeEmail(b.email)),
        );
      }
      return (sort.endsWith('created_at') && a.createdAtMs - b.createdAtMs) || a.id - b.id;
    });
    const ids = upwards.map((user) => user.id);
    return sort.startsWith('-') ? ids.reverse() : ids;
  }
});
