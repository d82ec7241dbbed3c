/** The name of a role goes into access tokens and command lines: a word, for machines and people. */

const maxLength = 50;
export const descriptionMaxLength = 500;

export const roleNamePattern = `^[a-z][a-z0-9_-]{0,${maxLength - 1}}$`;

const form = new RegExp(roleNamePattern);

/** Why a text is not the name of a role; undefined: it is. */
export function roleNameProblem(text: string): string | undefined {
  if (form.test(text)) return undefined;
  return (
    'Enter a valid name: a lower-case letter, then lower-case letters, digits, - and _, ' +
    `at most ${maxLength} characters.`
  );
}
