import { Type } from 'typebox';
import {
  type FieldCheck,
  maxLength,
  noLoneSurrogate,
  noNul,
  textField,
} from '../../../contract/text-fields.ts';

export const usernameMaxLength = 150;

const form: FieldCheck = (text) =>
  /^[\p{L}\p{N}_.@+-]+$/u.test(text)
    ? undefined
    : 'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';

/** The name of a user. A blank one removes it. */
export const usernameField = textField(
  { mayBeBlank: true, checks: [form, maxLength(usernameMaxLength), noNul, noLoneSurrogate] },
  Type.String({
    maxLength: usernameMaxLength,
    examples: ['ada'],
    pattern: '^[\\p{L}\\p{N}_.@+-]*$',
  }),
);
