import { type TSchema, Type } from 'typebox';
import type { BodyField } from './declare-body.ts';
import { required } from './fields.ts';
import { isId, memberOf } from './value-fields.ts';

/** Fields of a body that are lists. Only JSON has them. */

/** What is wrong with an item of a list. */
export class BadItem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

interface ListRules<Item> {
  /** Of an item, for the API description. */
  readonly items: TSchema;
  /** 1: a list that is empty is refused like one that is absent. */
  readonly minItems?: 1;
  readonly maxItems: number;
  readonly examples?: readonly unknown[];
  /** The item, or what is wrong with it, as a message. */
  readonly readItem: (item: unknown) => Item | BadItem;
}

/** A list. Each item counts once. */
export function listField<Item>({
  items,
  readItem,
  ...options
}: ListRules<Item>): BodyField<Item[]> {
  const { minItems = 0, maxItems } = options;
  return {
    schema: Type.Array(items, options),
    read(body, name) {
      const list = memberOf(body, name);
      if (!Array.isArray(list)) return { errors: ['This field has to be a list.'] };
      if (list.length < minItems) return { errors: [required] };
      if (list.length > maxItems) {
        return { errors: [`Ensure this field has no more than ${maxItems} elements.`] };
      }
      const read = list.map((item) => readItem(item));
      const bad = read.find((item) => item instanceof BadItem);
      if (bad) return { errors: [bad.message] };
      return { value: [...new Set(read as Item[])] };
    },
  };
}

/** An item that is the id of something. */
export function readId(item: unknown): number | BadItem {
  return isId(item) ? item : new BadItem('Every element has to be an id.');
}
