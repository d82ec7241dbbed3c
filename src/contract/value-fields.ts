import { type TSchema, type TSchemaOptions, Type } from 'typebox';
import type { BodyField } from './declare-body.ts';
import { type Body, textMember } from './fields.ts';

/** Fields that are neither texts nor lists. */

/** The member of a body that is an object, as it was sent. */
export function memberOf(body: Body, name: string): unknown {
  return (body.value as Readonly<Record<string, unknown>>)[name];
}

/** A boolean; in a form, which has texts alone, `true` or `false`. */
export function flagField(about: TSchemaOptions): BodyField<boolean> {
  return {
    schema: Type.Boolean(about),
    read(body, name) {
      const value = memberOf(body, name);
      if (value === true || value === 'true') return { value: true };
      if (value === false || value === 'false') return { value: false };
      return { errors: ['Must be true or false.'] };
    },
  };
}

/** One of a few texts. */
export function choiceField<const Choice extends string>(
  choices: readonly Choice[],
  about: TSchemaOptions,
): BodyField<Choice> {
  return {
    schema: Type.String({ enum: [...choices], ...about }),
    read(body, name) {
      const value = choices.find((choice) => choice === memberOf(body, name));
      return value === undefined
        ? { errors: [`Must be one of ${choices.join(', ')}.`] }
        : { value };
    },
  };
}

/** An id, for the API description. */
export function idSchema(about: TSchemaOptions = {}) {
  return Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...about });
}

export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** The id of something. */
export function idField(about: TSchemaOptions): BodyField<number> {
  return {
    schema: idSchema(about),
    read(body, name) {
      const value = memberOf(body, name);
      return isId(value) ? { value } : { errors: ['Not an id.'] };
    },
  };
}

/** A value of any kind that is not a list or an object, as text. */
export function valueField(schema: TSchema): BodyField<string> {
  return {
    schema,
    read(body, name) {
      const value = memberOf(body, name);
      const text = typeof value === 'boolean' ? String(value) : textMember(body, name);
      return text === undefined ? { errors: ['Not a valid value.'] } : { value: text };
    },
  };
}
