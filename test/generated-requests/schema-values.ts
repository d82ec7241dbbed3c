import fc from 'fast-check';
import { anyCharacter } from '../any-character.ts';

/** Values for the schemas of the API description: good ones, and some that are one step from good. */

export interface Schema {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
}

/** Ids that there are, in a database that has just been filled, and some that there are not. */
const smallId = fc.integer({ min: 1, max: 12 });

/** What passes a schema. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const { examples = [] } = schema;
  const generated = generatedValue(schema);
  return examples.length === 0 ? generated : fc.oneof(fc.constantFrom(...examples), generated);
}

function generatedValue(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const { minimum: min = 0, maximum: max = Number.MAX_SAFE_INTEGER } = schema;
      const small = smallId.filter((id) => id >= min && id <= max);
      return fc.oneof(
        { arbitrary: small, weight: 4 },
        fc.maxSafeInteger().filter((n) => n >= min && n <= max),
        fc.constantFrom(min, max),
      );
    }
    case 'array': {
      const { items = {}, minItems: minLength = 0, maxItems = 5 } = schema;
      return fc.array(valuesOf(items), { minLength, maxLength: Math.min(maxItems, 5) });
    }
    case 'object':
      return objectOf(schema);
    default:
      return textOf(schema);
  }
}

function objectOf({
  properties = {},
  required = [],
}: Schema): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)]);
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
}

function textOf({ format, pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'email') {
    return fc.stringMatching(/^[a-z]{1,8}[0-9]{1,3}$/).map((name) => `${name}@example.com`);
  }
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (pattern !== undefined) {
    const matching = fc.stringMatching(new RegExp(pattern, 'u'));
    return matching.filter((text) => text.length >= minLength && text.length <= maxLength);
  }
  return fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: anyCharacter });
}

/** What somebody sends who looks for a hole, or whose program is wrong. */
export const hostileText = fc.constantFrom(
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\ufeff',
    '\u202egnp.exe',
    '\u0130\u0131',
    '💥',
  ],
  ...["' or 1=1 --", '"; drop table users; --', '%', '_', '\\', '$(id)', '{{7*7}}', '<script>'],
  ...[
    '../../etc/passwd',
    '..%2f',
    '%00',
    '%',
    '%zz',
    'null',
    'undefined',
    'NaN',
    '-0',
    '1e999',
    '0x1',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'Bearer',
    '1,2',
    '1;2',
    '٣',
    '９',
    '2026-02-31',
    'a'.repeat(5_000),
  ],
);

/** Numbers at and beyond the bounds of whatever they are for. */
const hostileNumber = fc.constantFrom(
  ...[0, -0, -1, 0.5, 1e15, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324],
);

/** What does not pass most schemas; as JSON. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  hostileText.map((text) => JSON.stringify(text)),
  hostileNumber.map(String),
  fc.constantFrom(
    ...[
      'null',
      'true',
      '[]',
      '{}',
      '[null]',
      '[[]]',
      '1e999',
      '-1e999',
      '123456789012345678901234567890',
    ],
    ...[
      '{"a":{"b":[1]}}',
      '[1,2,3,"4"]',
      '"\\ud800"',
      `[${'1,'.repeat(300)}1]`,
      '[0]',
      '[-1]',
      '[1.5]',
    ],
  ),
);
