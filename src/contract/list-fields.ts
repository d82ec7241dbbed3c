import { type Body, bodyObject, type FieldErrors } from './fields.ts';

/** Fields of a body that are lists. Only JSON has them. */

export interface ListField<Item> {
  readonly maxItems: number;
  /** The item, or what is wrong with it, as a message. */
  read(item: unknown): Item | BadItem;
}

/** What is wrong with an item of a list. */
export class BadItem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** A list that was read: its items, each once; the messages where it is bad; neither where it is absent. */
export interface ReadList<Item> {
  readonly items?: Item[];
  readonly errors?: string[];
}

/**
 * Reads a list of a body, if it is there.
 *
 * @throws AppError `invalid_body` where the body is no object
 */
export function readList<Item>(body: Body, name: string, field: ListField<Item>): ReadList<Item> {
  const members = bodyObject(body);
  if (!Object.hasOwn(members, name)) return {};
  const list = members[name];
  if (!Array.isArray(list)) return { errors: ['This field has to be a list.'] };
  if (list.length > field.maxItems) {
    return { errors: [`Ensure this field has no more than ${field.maxItems} elements.`] };
  }
  const read = list.map((item) => field.read(item));
  const bad = read.find((item) => item instanceof BadItem);
  if (bad) return { errors: [bad.message] };
  return { items: [...new Set(read as Item[])] };
}

/** An item that is the id of something. */
export function readId(item: unknown): number | BadItem {
  const isId = typeof item === 'number' && Number.isSafeInteger(item) && item > 0;
  return isId ? item : new BadItem('Every element has to be an id.');
}

/** The messages by field, without the fields that are good. */
export function listErrors(
  fields: Readonly<Record<string, { readonly errors?: string[] }>>,
): FieldErrors {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { errors }]) => (errors ? [[name, errors]] : [])),
  );
}
