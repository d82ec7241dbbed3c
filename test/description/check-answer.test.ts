import { expect, test } from 'vitest';
import { checkAnswer } from './check-answer.ts';

/** That what is held against the description is really looked at. */

const headers = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-request-id': '1',
};
const body = { id: 1, username: '', email: 'ada@example.com', email_verified: false, locale: null };
const good = { status: 200, headers: new Headers(headers), body, text: '' };

test('what is described passes, with the slash and without it', () => {
  checkAnswer('GET', '/api/me/', good);
  checkAnswer('GET', '/api/me?a=b', good);
});

const headersWith = (changed: Record<string, string>) => new Headers({ ...headers, ...changed });

test.each([
  ['another status', { status: 418 }, 'There is no such status'],
  ['a member more', { body: { ...body, more: 1 } }, 'additionalProperty'],
  ['a member less', { body: { id: 1 } }, 'required'],
  ['a wrong type', { body: { ...body, id: 'one' } }, 'must be integer'],
  ['another media type', { headers: headersWith({ 'content-type': 'text/html' }) }, 'The type is'],
  [
    'a header more',
    { headers: headersWith({ 'set-cookie': 'a=b' }) },
    'set-cookie is not described',
  ],
  [
    'a header that says something else',
    { headers: headersWith({ 'cache-control': 'public' }) },
    'public',
  ],
  ['a header less', { headers: new Headers({ 'content-type': 'application/json' }) }, 'missing'],
])('%s is found', (_what, changed, message) => {
  expect(() => checkAnswer('GET', '/api/me/', { ...good, ...changed })).toThrow(message);
});

test('a path of the API that is not described is an error, and so is a method', () => {
  expect(() => checkAnswer('GET', '/api/nothing/', good)).toThrow('no such operation');
  expect(() => checkAnswer('POST', '/api/me/', good)).toThrow('no such operation');
  checkAnswer('GET', '/a-page-of-a-test', good);
});

test('a code of an error that the operation does not have is found', () => {
  const problem = { type: '', title: '', status: 404, code: 'last_superuser', request_id: '' };
  const answer = {
    status: 404,
    headers: headersWith({ 'content-type': 'application/problem+json; charset=utf-8' }),
    body: problem,
    text: '',
  };
  expect(() => checkAnswer('GET', '/api/admin/users/1/', answer)).toThrow('not among the examples');
});
