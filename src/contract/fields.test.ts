import { describe, expect, test } from 'vitest';
import type { AppError } from '../errors/index.ts';
import {
  type Body,
  bodyObject,
  completeFields,
  maxLength,
  noLoneSurrogate,
  noNul,
  readFields,
  textMember,
  throwFieldErrors,
} from './fields.ts';

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

describe('readFields', () => {
  const field = { checks: [maxLength(3), noNul, noLoneSurrogate] };
  const fields = { a: field, b: { ...field, notText: 'No.' } };
  const read = (text: string) => readFields(json(text), fields, 'is ignored');

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
    expect(read(text)).toEqual({ values, errors });
  });
});

test('an absent field is bad where the caller asks for that', () => {
  const fields = { a: { checks: [] }, b: { checks: [] } };
  const { values, errors } = readFields(json('{"a": "x", "c": "y"}'), fields, 'is bad');
  expect(values).toEqual({ a: 'x' });
  expect(errors).toEqual({ b: ['This field is required.'] });
  expect(thrown(() => completeFields({ values, errors })).options.members).toEqual(errors);
  expect(completeFields({ values, errors: {} })).toEqual(values);
});

test('throwFieldErrors throws the messages, and nothing if there are none', () => {
  throwFieldErrors({});
  const error = thrown(() => throwFieldErrors({ a: ['b'] }));
  expect(error.code).toBe('invalid_fields');
  expect(error.options.members).toEqual({ a: ['b'] });
});
