import {
  type FieldCheck,
  maxLength,
  noLoneSurrogate,
  noNul,
  type TextField,
} from '../../../contract/fields.ts';

export const usernameMaxLength = 150;

const form: FieldCheck = (text) =>
  /^[\p{L}\p{N}_.@+-]+$/u.test(text)
    ? undefined
    : 'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';

/** A blank one gives the user name up. */
export const usernameField: TextField = {
  mayBeBlank: true,
  checks: [form, maxLength(usernameMaxLength), noNul, noLoneSurrogate],
};
