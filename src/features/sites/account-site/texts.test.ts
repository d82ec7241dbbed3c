import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode, errorTable } from '../../../errors/index.ts';
import { fieldMessage, formErrorsOf } from './form-errors.ts';
import { languages, says, textNames } from './texts/texts.ts';

/** What the pages say. */

/** Enough for every placeholder that a text may have. */
const values = {
  ...{ count: 2, minutes: 2, tries_left: 2, email: 'ada@example.com', title: 'A title' },
  ...{ when: 'now', ip: '192.0.2.1', id: '1', name: 'Phone', date: '3 December 2026' },
  ...{ site: 'Example' },
};

test.each(languages)(
  'every text of %s can be said, and ends as the English one does',
  (language) => {
    for (const name of textNames) {
      const text = says[language](name, values);
      expect([name, text]).not.toEqual([name, '']);
      expect([name, /[.?…:]$/.test(text)]).toEqual([name, /[.?…:]$/.test(says.en(name, values))]);
      expect([name, text]).not.toEqual([name, expect.stringMatching(/[{}]|undefined|NaN/)]);
    }
  },
);

describe('the messages of the contract', () => {
  test.each([
    'This field is required.',
    'This field may not be blank.',
    'This field may not be null.',
    'Not a valid string.',
    'Enter a valid email address.',
    'Ensure this field has no more than 128 characters.',
    'Null characters are not allowed.',
    'Surrogate characters are not allowed: U+D800.',
    'user with this email address already exists.',
    'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.',
    'A user with that username already exists.',
    'The password is not correct.',
    'This password is too short. It must contain at least 8 characters.',
    'This password is too short. It must contain at least 1 character.',
    'This password is too common.',
    'This password has appeared in a data breach.',
    'The password is too similar to the email address.',
    'The password is too similar to the username.',
  ])('have words of the page: %s', (message) => {
    const [english, german] = languages.map((language) => fieldMessage(message, says[language]));
    expect(english).not.toBe(message);
    expect(german).not.toBe(message);
    expect(german).not.toBe(english);
  });
});

test('every error has a sentence in each language', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    for (const language of languages) {
      const { page, fields } = formErrorsOf(new AppError(code), says[language]);
      const told = [...page, ...Object.values(fields).flat()].join(' ');
      expect([code, told]).toEqual([
        code,
        code === 'invalid_fields' ? '' : expect.stringMatching(/^\S.*\S$/),
      ]);
    }
  }
});
