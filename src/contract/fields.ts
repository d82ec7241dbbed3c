import { AppError } from '../errors/index.ts';
import { numberSource } from '../lib/json.ts';
import {
  codePointLength,
  decimalText,
  isFractionSource,
  loneSurrogate,
  trimWhiteSpace,
} from '../lib/text.ts';

/**
 * Bodies and their text fields, and the contract's message for each error in them. `declare-body.ts` declares a body.
 */

/** Checks a text: a message, or undefined if it is good. */
export type FieldCheck = (text: string) => string | undefined;

export interface TextField {
  /** In the order in which their messages are listed; all are asked. */
  readonly checks: readonly FieldCheck[];
  /** The message for a boolean, a list or an object. */
  readonly notText?: string;
  /** Whether a blank text is as good as another. */
  readonly mayBeBlank?: true;
  /** The form in which a text that has passed the checks is kept; absent: unchanged. */
  readonly kept?: (text: string) => string;
}

/** Messages by field. */
export type FieldErrors = Record<string, string[]>;

/** The message for a field that is absent and has to be there. */
export const required = 'This field is required.';
const blank = 'This field may not be blank.';
const isNull = 'This field may not be null.';

export function maxLength(limit: number): FieldCheck {
  const message = `Ensure this field has no more than ${limit} characters.`;
  return (text) => (codePointLength(text) > limit ? message : undefined);
}

export const noNul: FieldCheck = (text) =>
  text.includes('\0') ? 'Null characters are not allowed.' : undefined;

export const noLoneSurrogate: FieldCheck = (text) => {
  const code = loneSurrogate(text);
  if (code === undefined) return undefined;
  return `Surrogate characters are not allowed: U+${code.toString(16).toUpperCase()}.`;
};

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

/** The text of a field that is there, or the messages that say what is wrong with it. */
export function checkField(body: Body, name: string, field: TextField): string | string[] {
  if ((body.value as Record<string, unknown>)[name] === null) return [isNull];
  const text = textMember(body, name);
  if (text === undefined) return [field.notText ?? 'Not a valid string.'];
  if (text === '') return field.mayBeBlank ? '' : [blank];
  const messages = field.checks.map((check) => check(text)).filter((m) => m !== undefined);
  if (messages.length > 0) return messages;
  return field.kept?.(text) ?? text;
}

/**
 * Reads the named text fields of a body.
 *
 * @param absent whether a field that is absent is an error
 * @returns the good ones as trimmed texts, and the messages of the bad ones
 * @throws AppError `invalid_body` if the body is not an object
 */
export function readFields<Name extends string>(
  body: Body,
  fields: Readonly<Record<Name, TextField>>,
  absent: 'is bad' | 'is ignored',
): { values: Partial<Record<Name, string>>; errors: FieldErrors } {
  const members = bodyObject(body);
  const values: Partial<Record<Name, string>> = {};
  const errors: FieldErrors = {};
  for (const name of Object.keys(fields) as Name[]) {
    if (!Object.hasOwn(members, name)) {
      if (absent === 'is bad') errors[name] = [required];
      continue;
    }
    const result = checkField(body, name, fields[name]);
    if (typeof result === 'string') values[name] = result;
    else errors[name] = result;
  }
  return { values, errors };
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
