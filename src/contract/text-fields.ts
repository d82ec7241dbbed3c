import { type TSchema, Type } from 'typebox';
import { codePointLength, loneSurrogate } from '../lib/text.ts';
import type { BodyField } from './declare-body.ts';
import { type Body, textMember } from './fields.ts';
import { memberOf } from './value-fields.ts';

/**
 * Fields that are texts. They accept more than their schemas say: white space around a text is removed, and a number
 * counts as its decimal text.
 */

/** Checks a text: a message, or undefined if it is good. */
export type FieldCheck = (text: string) => string | undefined;

/** The rules of a text. */
interface TextRules {
  /** In the order in which their messages are listed; all are asked. */
  readonly checks: readonly FieldCheck[];
  /** The message for a boolean, a list or an object. */
  readonly notText?: string;
  /** Whether a blank text is as good as another. */
  readonly mayBeBlank?: true;
  /** The form in which a text that has passed the checks is kept; absent: unchanged. */
  readonly kept?: (text: string) => string;
}

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

/** The text of a field that is there, or the messages that say what is wrong with it. */
function readText(body: Body, name: string, rules: TextRules): string | string[] {
  if (memberOf(body, name) === null) return [isNull];
  const text = textMember(body, name);
  if (text === undefined) return [rules.notText ?? 'Not a valid string.'];
  if (text === '') return rules.mayBeBlank ? '' : [blank];
  const messages = rules.checks.map((check) => check(text)).filter((m) => m !== undefined);
  if (messages.length > 0) return messages;
  return rules.kept?.(text) ?? text;
}

/** White space as `lib/text.ts` has it. */
const space = '\\s\\u001c-\\u001f\\u0085';

/** A pattern for a text that may be blank. */
const anyText = '^[^\\u0000]*$';
/** A pattern for a text that may not be blank. */
const filledText = `^[^\\u0000]*[^\\u0000${space}][^\\u0000]*$`;
/** The same for a text that may have NUL, because it is only compared. */
const comparedText = `[^${space}]`;

/** A text that is read by its own rules. */
export function textField<Schema extends TSchema>(
  rules: TextRules,
  schema: Schema,
): BodyField<string> & { readonly schema: Schema } {
  return {
    schema,
    read(body, name) {
      const text = readText(body, name, rules);
      return typeof text === 'string' ? { value: text } : { errors: text };
    },
  };
}

interface TextOptions {
  readonly description?: string;
  readonly examples?: readonly string[];
}

/** A text of at most `maxLength` code points. */
export function plainText({
  maxLength: limit,
  mayBeBlank,
  ...about
}: TextOptions & { readonly maxLength: number; readonly mayBeBlank?: true }) {
  const checks = [maxLength(limit), noNul, noLoneSurrogate];
  const pattern = mayBeBlank ? anyText : filledText;
  return textField(
    { checks, ...(mayBeBlank && { mayBeBlank }) },
    Type.String({ maxLength: limit, ...about, pattern }),
  );
}

/** A secret that exists already. It is compared, so nothing more is said of its form. */
export function existingSecret(about: TextOptions) {
  return textField({ checks: [] }, Type.String({ ...about, pattern: comparedText }));
}

/** The member as it was sent, if it is a text that is not empty. It is not trimmed. */
export function exactText(schema: TSchema): BodyField<string> {
  return {
    schema,
    read(body, name) {
      const text = memberOf(body, name);
      return typeof text === 'string' && text !== ''
        ? { value: text }
        : { errors: ['Not a valid string.'] };
    },
  };
}
