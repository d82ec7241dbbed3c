import { expect, test } from 'vitest';
import { explainError } from './explain-error.ts';

test('a package that is missing after an upgrade is named, with what installs it', () => {
  const error = new Error("Cannot find package 'otpauth' imported from /srv/dist/factors.js");
  expect(explainError(Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' }))).toEqual({
    status: 1,
    text: 'The package otpauth is not installed. Install what this version needs: npm ci',
  });
});
