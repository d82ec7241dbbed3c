import { Type } from 'typebox';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { AppError } from '../errors/index.ts';
import { declareBody, described, isDeclaredBody, optional } from './declare-body.ts';
import { expectedVersion } from './expected-version.ts';
import type { Body } from './fields.ts';
import { listField, readId } from './list-fields.ts';
import { exactText, existingSecret, plainText } from './text-fields.ts';
import { choiceField, flagField, idField, idSchema, valueField } from './value-fields.ts';

const json = (value: unknown): Body => ({ value, json: JSON.stringify(value) });

const example = declareBody(
  {
    name: described(plainText({ maxLength: 3, examples: ['ada'] }), { description: 'Any name.' }),
    note: optional(plainText({ maxLength: 3, mayBeBlank: true })),
    secret: optional(existingSecret({})),
    token: optional(exactText(Type.String())),
    flag: optional(flagField({})),
    choice: optional(choiceField(['a', 'b'] as const, {})),
    id: optional(idField({})),
    value: optional(valueField(Type.Unknown())),
    ids: optional(listField({ items: idSchema(), readItem: readId, minItems: 1, maxItems: 3 })),
    expected_version: expectedVersion,
  },
  { title: 'Example' },
);

test('a declared body describes its fields once', () => {
  expect(isDeclaredBody(example.schema)).toBe(true);
  expect(isDeclaredBody({ ...example.schema })).toBe(false);
  expect(JSON.parse(JSON.stringify(example.schema))).toMatchObject({
    type: 'object',
    title: 'Example',
    required: ['name'],
    properties: {
      name: { type: 'string', maxLength: 3, examples: ['ada'], description: 'Any name.' },
      choice: { enum: ['a', 'b'] },
      ids: { type: 'array', minItems: 1, maxItems: 3 },
    },
  });
});

test('a body is read into typed values', () => {
  const read = example.read(json({ name: ' x ', ids: [2, 1, 2], expected_version: '7', more: 1 }));
  expect(read).toEqual({ name: 'x', ids: [2, 1], expected_version: 7 });
  expectTypeOf(read.name).toEqualTypeOf<string>();
  expectTypeOf(read.flag).toEqualTypeOf<boolean | undefined>();
  expectTypeOf(read.choice).toEqualTypeOf<'a' | 'b' | undefined>();
  expectTypeOf(read.ids).toEqualTypeOf<number[] | undefined>();
  const good = { name: 'x', note: '', secret: 'y', token: ' z ', flag: false, choice: 'b', id: 3 };
  expect(example.read(json(good))).toEqual(good);
});

describe('every bad field has its message', () => {
  test.each<[string, unknown, string]>([
    ['name', null, 'This field may not be null.'],
    ['name', ' ', 'This field may not be blank.'],
    ['name', 'four', 'Ensure this field has no more than 3 characters.'],
    ['note', [], 'Not a valid string.'],
    ['secret', '', 'This field may not be blank.'],
    ['token', 1, 'Not a valid string.'],
    ['token', '', 'Not a valid string.'],
    ['flag', 'yes', 'Must be true or false.'],
    ['choice', 'c', 'Must be one of a, b.'],
    ['id', 1.5, 'Not an id.'],
    ['value', null, 'Not a valid value.'],
    ['ids', {}, 'This field has to be a list.'],
    ['ids', [], 'This field is required.'],
    ['ids', [1, 2, 3, 4], 'Ensure this field has no more than 3 elements.'],
    ['ids', [0], 'Every element has to be an id.'],
    ['expected_version', null, 'This field may not be null.'],
    ['expected_version', -1, 'A valid integer is required.'],
  ])('%s: %j', (field, value, message) => {
    const { errors } = example.check(json({ name: 'x', [field]: value }));
    expect(errors).toEqual({ [field]: [message] });
  });

  test('an absent field, and all at once', () => {
    expect(example.check(json({ flag: 1 })).errors).toEqual({
      name: ['This field is required.'],
      flag: ['Must be true or false.'],
    });
  });
});

test('a value is read as text', () => {
  const textOf = (value: unknown) => example.read(json({ name: 'x', value })).value;
  expect([textOf(true), textOf(1), textOf(' a ')]).toEqual(['true', '1', 'a']);
});

test('read throws the messages, and tryRead tells nothing', () => {
  const codeOf = (body: Body) => {
    try {
      example.read(body);
      return undefined;
    } catch (error) {
      return (error as AppError).code;
    }
  };
  expect(codeOf(json({}))).toBe('invalid_fields');
  expect(codeOf(json([]))).toBe('invalid_body');
  expect(example.tryRead(json({}))).toBeUndefined();
  expect(example.tryRead(json([]))).toBeUndefined();
  expect(example.tryRead(json({ name: 'x' }))).toEqual({ name: 'x' });
});
