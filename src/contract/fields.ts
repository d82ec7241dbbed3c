import { AppError } from '../errors/index.ts';
import { numberSource } from '../lib/json.ts';
import { decimalText, isFractionSource, trimWhiteSpace } from '../lib/text.ts';

/** Bodies, and the contract's messages for errors in them. `declare-body.ts` declares a body. */

/** Messages by field. */
export type FieldErrors = Record<string, string[]>;

/** The message for a field that is absent and has to be there. */
export const required = 'This field is required.';
/** A request's body: the parsed value, and the JSON text where it came as JSON. */
export interface Body {
  readonly value: unknown;
  readonly json?: string | undefined;
}

/**
 * The body as an object of members.
 *
 * @throws AppError `invalid_body` for null, a list, a number, a text or a boolean
 */
export function bodyObject(body: Body): Readonly<Record<string, unknown>> {
  const { value } = body;
  if (value === null) throw invalidBody('No data provided');
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalidBody(`Invalid data. Expected a dictionary, but got ${kindOf(body)}.`);
}

function invalidBody(message: string): AppError {
  return new AppError('invalid_body', { members: { non_field_errors: [message] } });
}

/** The name that the contract has for the kind of a value. */
function kindOf({ value, json }: Body): 'list' | 'str' | 'bool' | 'int' | 'float' {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  return isFractionSource(json ?? String(value)) ? 'float' : 'int';
}

/**
 * The trimmed text of one member; undefined if it is absent, null, or not a text. A number counts as its decimal
 * text.
 */
export function textMember(body: Body, name: string): string | undefined {
  const { value } = body;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const member = (value as Record<string, unknown>)[name];
  if (typeof member === 'string') return trimWhiteSpace(member);
  if (typeof member === 'number')
    return decimalText(numberSource(body.json ?? '', name) ?? String(member));
  return undefined;
}

/** Throws `invalid_fields` if there are messages. */
export function throwFieldErrors(errors: FieldErrors): void {
  if (Object.keys(errors).length > 0) throw new AppError('invalid_fields', { members: errors });
}

/** What a body has: the values of the good fields, and the messages of the bad ones. */
export interface ReadBody<Values> {
  readonly values: Partial<Values>;
  readonly errors: FieldErrors;
}

/**
 * The values of a body whose fields are all good.
 *
 * @param more messages of other checks, such as that an email is taken
 * @throws AppError `invalid_fields`
 */
export function completeFields<Values>(
  { values, errors }: ReadBody<Values>,
  more: FieldErrors = {},
): Values {
  throwFieldErrors({ ...errors, ...more });
  return values as Values;
}
