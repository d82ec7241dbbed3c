import { type TSchemaOptions, Type } from 'typebox';

/**
 * What JSON Schema can say of the text fields of a body, for their description: a body that passes it is not
 * refused for its form. What is read is looser (`fields.ts`): white space around a text is cut off, and a
 * number counts as its decimal text.
 */

/** White space as `lib/text.ts` has it. */
const space = '\\s\\u001c-\\u001f\\u0085';

/** For a text that may not be blank. */
export function filledText(options: TSchemaOptions) {
  return Type.String({ ...options, pattern: `^[^\\u0000]*[^\\u0000${space}][^\\u0000]*$` });
}

/** For a text that may be blank. */
export function anyText(options: TSchemaOptions) {
  return Type.String({ ...options, pattern: '^[^\\u0000]*$' });
}

/** For the name of a user. */
export function usernameText(options: TSchemaOptions) {
  return Type.String({ ...options, pattern: '^[\\p{L}\\p{N}_.@+-]*$' });
}

/** For a password that exists: it may be another system's, which took whatever it liked. */
export function currentPassword() {
  return Type.String({ pattern: `[^${space}]`, examples: ['correct horse battery'] });
}
