import { readCsv, readLines } from '../../../lib/csv.ts';
import { readJsonElements } from '../../../lib/json-elements.ts';
import { OperatorError } from '../../../lib/operator-error.ts';
import { type OnRead, readText } from './read-text.ts';

/** The fields of a user in a file. CSV has them as columns, JSON as members. */
export const importFields = [
  'id',
  'email',
  'username',
  'password_hash',
  'totp_secret',
  'is_active',
  'is_superuser',
  'is_staff',
  'groups',
  'created_at',
  'last_sign_in_at',
] as const;

export type ImportField = (typeof importFields)[number];

/** The data of one user in a file, not yet checked; or why it cannot be read. */
export interface ImportRecord {
  /** The line of a CSV or of JSON lines, or the number of the object in a list; from 1. */
  readonly place: number;
  readonly fields: Readonly<Partial<Record<ImportField, unknown>>>;
  readonly problem?: string;
}

/** An object of a Django dump: a row of one of its tables. */
export interface DjangoObject {
  readonly place: number;
  /** In lower case, such as `auth.user`. */
  readonly model: string;
  readonly pk: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Puts back what was taken to look at it. */
async function* startingWith(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** A file that was begun: its first character that is not blank, what was read for it, and the rest. */
async function begin(path: string, onRead: OnRead) {
  const chunks = readText(path, onRead);
  let first = '';
  while (first.trim() === '') {
    const next = await chunks.next();
    if (next.done) throw new OperatorError(`${path} is empty.`);
    first += next.value;
  }
  return { start: first.trimStart()[0], first, chunks };
}

/**
 * Whether a file is JSON. Only JSON can have objects of Django.
 *
 * @throws OperatorError if it is empty
 */
export async function isJson(path: string): Promise<boolean> {
  const { start, chunks } = await begin(path, () => undefined);
  await chunks.return(undefined); // closes the file
  return start === '[' || start === '{';
}

/**
 * Reads a file of users, a stretch at a time: CSV with a header, JSON lines, or a JSON list such as Django's
 * `dumpdata` writes. Its first character says which it is.
 *
 * @throws OperatorError if the file is none of these
 */
export async function* readRecords(
  path: string,
  onRead: OnRead = () => undefined,
): AsyncGenerator<ImportRecord | DjangoObject> {
  const { start, first, chunks } = await begin(path, onRead);
  const text = startingWith(first, chunks);
  if (start === '[') yield* fromJson(readJsonElements(text));
  else if (start === '{') yield* fromJson(readLines(text));
  else yield* fromCsv(text);
}

async function* fromJson(
  texts: AsyncIterable<string>,
): AsyncGenerator<ImportRecord | DjangoObject> {
  let place = 0;
  for await (const text of texts) {
    place += 1;
    if (text.trim() === '') continue;
    const value = parseObject(text);
    if (!value) {
      yield { place, fields: {}, problem: 'It is no JSON object.' };
    } else if (typeof value.model === 'string' && isObject(value.fields)) {
      yield { place, model: value.model.toLowerCase(), pk: value.pk, fields: value.fields };
    } else {
      yield { place, fields: value, ...unknownFields(Object.keys(value)) };
    }
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownFields(names: readonly string[]): { problem: string } | undefined {
  const unknown = names.filter((name) => !importFields.some((known) => known === name));
  if (unknown.length === 0) return undefined;
  return {
    problem: `Not known: ${unknown.join(', ')}. Known are ${importFields.join(', ')}.`,
  };
}

async function* fromCsv(text: AsyncIterable<string>): AsyncGenerator<ImportRecord> {
  let header: readonly string[] | undefined;
  for await (const { line, cells } of readCsv(text)) {
    if (!header) {
      header = readHeader(cells);
    } else if (!cells || cells.length !== header.length) {
      const problem = cells
        ? `It has ${cells.length} cells, and the header ${header.length}.`
        : 'Its quotes are not as they should be.';
      yield { place: line, fields: {}, problem };
    } else {
      // A cell that is empty says nothing, but for an app: that there is none.
      const entries = header.map((name, index) => [name, cells[index]] as const);
      const said = entries.filter(([name, cell]) => cell !== '' || name === 'totp_secret');
      yield { place: line, fields: Object.fromEntries(said) };
    }
  }
}

/** @throws OperatorError if it is not a header: a column by another name would be lost without a word */
function readHeader(cells: readonly string[] | undefined): readonly string[] {
  const names = (cells ?? []).map((cell) => cell.trim().toLowerCase());
  const unknown = unknownFields(names);
  if (unknown) throw new OperatorError(`The header has columns by other names. ${unknown.problem}`);
  if (!names.includes('email')) throw new OperatorError('The header has no column "email".');
  if (new Set(names).size < names.length) throw new OperatorError('The header has a column twice.');
  return names;
}
