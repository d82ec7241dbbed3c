import { OperatorError } from '../../../lib/operator-error.ts';
import { type DumpApps, isOfApps } from './dump-apps.ts';
import { type DjangoObject, type ImportRecord, isJson, readRecords } from './read-records.ts';

/** What a dump of Django (`dumpdata`) has besides its users, and which of its models these are. */
export interface Dump {
  /** Undefined if the file is not a dump. */
  readonly userModel: string | undefined;
  readonly tokenModels: ReadonlySet<string>;
  /** The names of groups by their keys. */
  readonly groups: ReadonlyMap<string, string>;
  /** Live settings of the package django-constance, by name; undefined if the value cannot be read. */
  readonly constance: ReadonlyMap<string, unknown>;
  /** Whether it says which users have an authenticator app. A user for whom it names no app then has none. */
  readonly saysApps: boolean;
}

interface Wanted {
  readonly model: string | undefined;
  readonly tokenModel: string | undefined;
}

/** The facts about a model: how many objects it has, and the fields of the first. */
interface Model {
  count: number;
  readonly fields: ReadonlySet<string>;
}

const groupModel = 'auth.group';
const constanceModel = 'constance.constance';
/** More than this are neither groups with roles nor settings. */
const maxKept = 10_000;
const maxNamed = 30;

/**
 * Reads a whole file of JSON to find out its kind; of CSV as much as has its columns.
 *
 * @param apps notes the authenticator apps that it has
 * @throws OperatorError if the file cannot be read, the wanted model is missing, or no model or several could be that of the users
 */
export async function surveyDump(
  path: string,
  wanted: Wanted,
  apps: Pick<DumpApps, 'note'>,
): Promise<Dump> {
  const models = new Map<string, Model>();
  const groups = new Map<string, string>();
  const constance = new Map<string, unknown>();
  const isCsv = !(await isJson(path));
  let hasRows = isCsv;
  let saysApps = false;
  for await (const item of readRecords(path)) {
    if (!('model' in item)) {
      hasRows = true;
      saysApps ||= 'totp_secret' in item.fields;
      if (isCsv && item.problem === undefined) break;
      continue;
    }
    const { model, pk, fields } = item;
    saysApps ||= isOfApps(model);
    apps.note(item);
    const known = models.get(model);
    if (known) known.count += 1;
    else models.set(model, { count: 1, fields: new Set(Object.keys(fields)) });
    if (model === groupModel && groups.size < maxKept) groups.set(String(pk), String(fields.name));
    if (model === constanceModel && constance.size < maxKept) {
      constance.set(String(fields.key), readConstance(fields.value));
    }
  }
  return {
    userModel: findUserModel(models, wanted.model, hasRows),
    tokenModels: findTokenModels(models, wanted.tokenModel),
    groups,
    constance,
    saysApps,
  };
}

function findUserModel(
  models: ReadonlyMap<string, Model>,
  wanted: string | undefined,
  hasRows: boolean,
): string | undefined {
  if (wanted !== undefined) return requireModel(models, wanted);
  if (models.size === 0) return undefined;
  const having = (...names: string[]) =>
    [...models].filter(([, { fields }]) => names.every((name) => fields.has(name)));
  // The fields that every user model of Django has, with the email or, to say which is missing, without it; else those
  // that another system may have written in Django's form.
  const found =
    [
      having('password', 'last_login', 'email'),
      having('password', 'email'),
      having('password', 'last_login'),
    ].find(({ length }) => length > 0) ?? [];
  const [first, second] = found;
  if (second) {
    const names = found.map(([name]) => name).join(', ');
    throw new OperatorError(`Several models may be that of the users: ${names}.`, {
      code: 'several_models',
    });
  }
  if (!first && !hasRows) {
    throw new OperatorError(`No model has an email and a password. ${listModels(models)}`);
  }
  return first?.[0];
}

/** By its name alone: a dump may have tokens for other purposes, which must not sign anybody in. */
function findTokenModels(
  models: ReadonlyMap<string, Model>,
  wanted: string | undefined,
): ReadonlySet<string> {
  if (wanted !== undefined) return new Set([requireModel(models, wanted)]);
  const isOfTokens = (name: string) =>
    name.split('.').at(-1)?.replaceAll('_', '').startsWith('refreshtoken');
  return new Set([...models.keys()].filter(isOfTokens));
}

function requireModel(models: ReadonlyMap<string, Model>, wanted: string): string {
  const name = wanted.toLowerCase();
  if (models.has(name)) return name;
  throw new OperatorError(`The file has no object of the model "${wanted}". ${listModels(models)}`);
}

function listModels(models: ReadonlyMap<string, Model>): string {
  const named = [...models].slice(0, maxNamed).map(([name, { count }]) => `${name} (${count})`);
  if (named.length === 0) return 'It has no objects of Django at all.';
  const more = models.size > maxNamed ? ` and ${models.size - maxNamed} more` : '';
  return `It has ${named.join(', ')}${more}.`;
}

/** From release 4 on it is JSON, before that a pickle of Python's, which is not read. */
function readConstance(value: unknown): unknown {
  try {
    const read: unknown = JSON.parse(String(value));
    const isWrapped = typeof read === 'object' && read !== null && '__value__' in read;
    return isWrapped ? read.__value__ : read;
  } catch {
    return undefined;
  }
}

/** The facts about a user in an object of the user model. */
export function readDjangoUser(object: DjangoObject, { groups }: Dump): ImportRecord {
  const { place, pk, fields } = object;
  const said: ImportRecord['fields'] = {
    id: pk,
    email: fields.email,
    username: fields.username,
    password_hash: fields.password,
    is_active: fields.is_active,
    is_superuser: fields.is_superuser,
    is_staff: fields.is_staff,
    groups: Array.isArray(fields.groups)
      ? fields.groups.map((key) => groupName(key, groups))
      : undefined,
    created_at: fields.date_joined ?? fields.created_at,
    last_sign_in_at: fields.last_login,
  };
  const present = Object.entries(said).filter(([, value]) => value !== undefined);
  return { place, fields: Object.fromEntries(present) };
}

/** By its key; or by its name, in a list, as `--natural-foreign` writes it. */
function groupName(key: unknown, groups: ReadonlyMap<string, string>): string {
  return Array.isArray(key) ? String(key[0]) : (groups.get(String(key)) ?? String(key));
}
