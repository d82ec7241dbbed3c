import type { DataProvider, GetListParams, RaRecord } from 'react-admin';
import { type Query, request } from '../api/request.ts';
import { fetchPage } from './pages.ts';

/** Every list and record of the admin API, under the names that react-admin asks for. */

interface Resource {
  readonly path: string;
  /** The member that names a record, where it is not `id`. */
  readonly key?: string;
  /** Comes whole, without cursors. */
  readonly isWhole?: boolean;
}

const resources: Readonly<Record<string, Resource>> = {
  users: { path: '/api/admin/users/' },
  sessions: { path: '/api/admin/sessions/' },
  roles: { path: '/api/admin/roles/' },
  permissions: { path: '/api/admin/permissions/', key: 'name' },
  settings: { path: '/api/admin/settings/', key: 'name', isWhole: true },
  'setting-changes': { path: '/api/admin/setting-changes/' },
  keys: { path: '/api/admin/keys/', key: 'kid', isWhole: true },
  nodes: { path: '/api/admin/nodes/', isWhole: true },
  audit: { path: '/api/admin/audit/' },
  mail: { path: '/api/admin/mail/' },
  'audit-kinds': { path: '/api/admin/audit/kinds/', key: 'kind', isWhole: true },
};

function resourceOf(name: string): Resource {
  const resource = resources[name];
  if (!resource) throw new Error(`There is no resource ${name}.`);
  return resource;
}

const itemPath = (name: string, id: string | number) =>
  `${resourceOf(name).path}${encodeURIComponent(id)}/`;

// biome-ignore lint/suspicious/noExplicitAny: react-admin leaves the type of a record to its caller
function recordOf(name: string, item: unknown): any {
  const { key = 'id' } = resourceOf(name);
  const members = item as Readonly<Record<string, unknown>>;
  return { ...members, id: members[key] };
}

/** Filters and order as the API has them. */
function queryOf({ filter, sort }: GetListParams): Query {
  const query: Record<string, string | number | boolean | undefined> = { ...filter };
  if (sort) query.sort = `${sort.order === 'DESC' ? '-' : ''}${sort.field}`;
  return query;
}

/** As many users as are asked for at once by their ids. */
const mostIds = 100;

/** The lists whose order can be chosen; the others take no `sort`. */
const sortable = new Set(['users']);

export const dataProvider: DataProvider = {
  async getList(name, params) {
    const { path, isWhole } = resourceOf(name);
    const { signal, pagination = { page: 1, perPage: 25 } } = params;
    const { sort: _, ...unsorted } = params;
    const query = queryOf(sortable.has(name) ? params : unsorted);
    if (isWhole) {
      const { items } = await request<{ items: unknown[] }>('GET', path, { query, signal });
      return { data: items.map((item) => recordOf(name, item)), total: items.length };
    }
    const { items, hasNextPage } = await fetchPage(path, query, pagination, signal);
    return {
      data: items.map((item) => recordOf(name, item)),
      pageInfo: { hasNextPage, hasPreviousPage: pagination.page > 1 },
    };
  },

  async getOne(name, { id, signal }) {
    return {
      data: recordOf(name, await request('GET', itemPath(name, id), { signal })),
    };
  },

  async getMany(name, { ids, signal }) {
    if (name !== 'users') {
      const items = await Promise.all(
        ids.map((id) => request('GET', itemPath(name, id), { signal })),
      );
      return { data: items.map((item) => recordOf(name, item)) };
    }
    const pages: unknown[] = [];
    for (let from = 0; from < ids.length; from += mostIds) {
      const some = ids.slice(from, from + mostIds);
      const query = { ids: some.join(), limit: mostIds };
      const { items } = await request<{ items: unknown[] }>('GET', resourceOf(name).path, {
        query,
        signal,
      });
      pages.push(...items);
    }
    return { data: pages.map((item) => recordOf(name, item)) };
  },

  getManyReference(name, { target, id, filter, ...params }) {
    return this.getList(name, { ...params, filter: { ...filter, [target]: id } });
  },

  async create(name, { data }) {
    return {
      data: recordOf(name, await request('POST', resourceOf(name).path, { json: data })),
    };
  },

  async update(name, { id, data, previousData }) {
    const version = previousData?.version;
    const json = {
      ...changesOf(data, previousData),
      ...(version !== undefined && { expected_version: version }),
    };
    return { data: recordOf(name, await request('PATCH', itemPath(name, id), { json })) };
  },

  async updateMany(name, { ids, data }) {
    for (const id of ids) await request('PATCH', itemPath(name, id), { json: data });
    return { data: ids };
  },

  async delete(name, { id, previousData }) {
    await request('DELETE', itemPath(name, id));
    return { data: (previousData ?? { id }) as never };
  },

  async deleteMany(name, { ids }) {
    for (const id of ids) await request('DELETE', itemPath(name, id));
    return { data: ids };
  },
};

/** What a form changed: nothing else is sent, so that nothing else can be overwritten. */
function changesOf(data: Partial<RaRecord>, previous: RaRecord): Partial<RaRecord> {
  return Object.fromEntries(
    Object.entries(data).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(previous[name]),
    ),
  );
}
