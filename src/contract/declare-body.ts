import { type TObject, type TSchema, Type } from 'typebox';
import { AppError } from '../errors/index.ts';
import {
  type Body,
  bodyObject,
  completeFields,
  type FieldErrors,
  type ReadBody,
  required,
} from './fields.ts';

/**
 * How a route declares its body: each field once. A field has what the API description says of it and how it is read,
 * so that the two cannot differ. Bodies are read by the contract's rules and not by JSON Schema, because JSON Schema
 * cannot express the contract's messages, their order, or that a number counts as a text.
 */

/** The value of a field, or the messages that say what is wrong with it. */
export type ReadField<Value> = { readonly value: Value } | { readonly errors: string[] };

export interface BodyField<Value> {
  /** For the API description. */
  readonly schema: TSchema;
  /** Reads the field. The body is an object that has the member `name`. */
  readonly read: (body: Body, name: string) => ReadField<Value>;
}

/** A field that may be absent. */
export interface OptionalField<Value> extends BodyField<Value> {
  readonly isOptional: true;
}

export function optional<Value>(field: BodyField<Value>): OptionalField<Value> {
  return { ...field, isOptional: true };
}

/** The same field with other words or examples in the API description. */
export function described<Field extends BodyField<unknown>>(
  field: Field,
  about: { readonly description?: string; readonly examples?: readonly unknown[] },
): Field {
  return { ...field, schema: { ...field.schema, ...about } };
}

export type BodyFields = Readonly<Record<string, BodyField<unknown>>>;
type ValueOf<Field> = Field extends BodyField<infer Value> ? Value : never;
type OptionalName<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends OptionalField<unknown> ? Name : never;
}[keyof Fields];

/** The values of a body's fields, typed. */
export type BodyValues<Fields> = {
  readonly [Name in Exclude<keyof Fields, OptionalName<Fields>>]: ValueOf<Fields[Name]>;
} & { readonly [Name in OptionalName<Fields>]?: ValueOf<Fields[Name]> };

export interface BodyDeclaration<Values> {
  /** For `schema.body` of the route. */
  readonly schema: TObject;
  /**
   * Reads a body in which every field has to be good.
   *
   * @throws AppError `invalid_fields`, `invalid_body`
   */
  read(body: Body): Values;
  /**
   * Reads a body whose answer has messages from other checks as well. `completeFields` ends it.
   *
   * @throws AppError `invalid_body`
   */
  check(body: Body): ReadBody<Values>;
  /** Reads a body of a route that does not tell what is wrong: undefined if anything is. */
  tryRead(body: Body): Values | undefined;
}

const declared = new WeakSet<object>();

/** Whether a schema is that of a declared body. */
export function isDeclaredBody(schema: object): boolean {
  return declared.has(schema);
}

/**
 * Declares a body.
 *
 * @param fields in the order in which their messages are listed
 * @param options what the schema says of the body as a whole, such as its title
 */
export function declareBody<const Fields extends BodyFields>(
  fields: Fields,
  options: Readonly<Record<string, unknown>> = {},
): BodyDeclaration<BodyValues<Fields>> {
  type Values = BodyValues<Fields>;
  const entries = Object.entries<BodyField<unknown>>(fields);
  const schema = Type.Object(Object.fromEntries(entries.map(propertyOf)), options);
  declared.add(schema);

  function check(body: Body): ReadBody<Values> {
    const members = bodyObject(body);
    const values: Record<string, unknown> = {};
    const errors: FieldErrors = {};
    for (const [name, field] of entries) {
      if (!Object.hasOwn(members, name)) {
        if (!isOptional(field)) errors[name] = [required];
        continue;
      }
      const result = field.read(body, name);
      if ('errors' in result) errors[name] = result.errors;
      else values[name] = result.value;
    }
    return { values: values as Partial<Values>, errors };
  }

  const read = (body: Body) => completeFields(check(body));
  return {
    schema,
    check,
    read,
    tryRead(body) {
      try {
        return read(body);
      } catch (error) {
        if (error instanceof AppError) return undefined;
        throw error;
      }
    },
  };
}

function propertyOf([name, field]: [string, BodyField<unknown>]): [string, TSchema] {
  return [name, isOptional(field) ? Type.Optional(field.schema) : field.schema];
}

function isOptional(field: BodyField<unknown>): field is OptionalField<unknown> {
  return 'isOptional' in field;
}
