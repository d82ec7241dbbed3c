import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import type { AppError } from '../errors/index.ts';
import { declareBody, optional } from './declare-body.ts';
import { type Body, bodyObject, completeFields, textMember, throwFieldErrors } from './fields.ts';
import { maxLength, noLoneSurrogate, noNul, textField } from './text-fields.ts';

const json = (text: string): Body => ({ value: JSON.parse(text), json: text });

function thrown(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    return error as AppError;
  }
  throw new Error('Nothing was thrown.');
}

describe('bodyObject', () => {
  test.each([
    ['null', 'No data provided'],
    ['[]', 'Invalid data. Expected a dictionary, but got list.'],
    ['"x"', 'Invalid data. Expected a dictionary, but got str.'],
    ['true', 'Invalid data. Expected a dictionary, but got bool.'],
    ['1', 'Invalid data. Expected a dictionary, but got int.'],
    ['1.0', 'Invalid data. Expected a dictionary, but got float.'],
  ])('refuses %s', (text, message) => {
    const error = thrown(() => bodyObject(json(text)));
    expect(error.code).toBe('invalid_body');
    expect(error.options.members).toEqual({ non_field_errors: [message] });
  });

  test('gives an object as it is', () => {
    const value = { a: 1 };
    expect(bodyObject({ value })).toBe(value);
  });
});

describe('textMember', () => {
  test.each<[string, string | undefined]>([
    ['{"a": " x "}', 'x'],
    ['{"a": ""}', ''],
    ['{"a": 1}', '1'],
    ['{"a": 1.0}', '1.0'],
    ['{"a": 12345678901234567890}', '12345678901234567890'],
    ['{"a": null}', undefined],
    ['{"a": true}', undefined],
    ['{"a": []}', undefined],
    ['{"a": {}}', undefined],
    ['{}', undefined],
    ['["a"]', undefined],
    ['"a"', undefined],
    ['null', undefined],
  ])('of %s', (text, expected) => {
    expect(textMember(json(text), 'a')).toBe(expected);
  });

  test('does not look up the prototype', () => {
    expect(textMember({ value: {} }, 'constructor')).toBeUndefined();
    expect(textMember(json('{"__proto__": "x"}'), '__proto__')).toBe('x');
  });
});

describe('a text field', () => {
  const checks = [maxLength(3), noNul, noLoneSurrogate];
  const body = declareBody({
    a: optional(textField({ checks }, Type.String())),
    b: optional(textField({ checks, notText: 'No.' }, Type.String())),
  });

  test.each<[string, Record<string, string>, Record<string, string[]>]>([
    ['{}', {}, {}],
    ['{"c": 1}', {}, {}],
    ['{"a": " x "}', { a: 'x' }, {}],
    ['{"a": 123}', { a: '123' }, {}],
    ['{"a": null}', {}, { a: ['This field may not be null.'] }],
    ['{"a": " "}', {}, { a: ['This field may not be blank.'] }],
    ['{"a": true, "b": []}', {}, { a: ['Not a valid string.'], b: ['No.'] }],
    [
      '{"a": "x", "b": "four"}',
      { a: 'x' },
      { b: ['Ensure this field has no more than 3 characters.'] },
    ],
    ['{"a": "😀😀😀"}', { a: '😀😀😀' }, {}],
    [
      '{"a": "\\u0000\\ud800\\udbff1"}',
      {},
      {
        a: [
          'Ensure this field has no more than 3 characters.',
          'Null characters are not allowed.',
          'Surrogate characters are not allowed: U+D800.',
        ],
      },
    ],
  ])('of %s', (text, values, errors) => {
    expect(body.check(json(text))).toEqual({ values, errors });
  });
});

test('completeFields throws messages, those of other checks too', () => {
  const read = { values: { a: 'x' }, errors: {} };
  expect(completeFields(read)).toEqual({ a: 'x' });
  const taken = { a: ['It is taken.'] };
  expect(thrown(() => completeFields(read, taken)).options.members).toEqual(taken);
});

test('throwFieldErrors throws the messages, and nothing if there are none', () => {
  throwFieldErrors({});
  const error = thrown(() => throwFieldErrors({ a: ['b'] }));
  expect(error.code).toBe('invalid_fields');
  expect(error.options.members).toEqual({ a: ['b'] });
});
