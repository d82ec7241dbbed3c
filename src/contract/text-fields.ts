import { type TSchema, Type } from 'typebox';
import type { BodyField } from './declare-body.ts';
import { checkField, maxLength, noLoneSurrogate, noNul, type TextField } from './fields.ts';
import { memberOf } from './value-fields.ts';

/**
 * Fields that are texts. They accept more than their schemas say: white space around a text is removed, and a number
 * counts as its decimal text.
 */

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
  rules: TextField,
  schema: Schema,
): TextField & BodyField<string> & { readonly schema: Schema } {
  return {
    ...rules,
    schema,
    read(body, name) {
      const text = checkField(body, name, rules);
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
