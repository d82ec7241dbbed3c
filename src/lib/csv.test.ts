import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CsvRecord, csvLine, readCsv } from './csv.ts';

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function* pieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function read(text: string, size = 7): Promise<CsvRecord[]> {
  return collect(readCsv(pieces(text, size)));
}

test('what is written is read again, in pieces of any size', async () => {
  const cell = fc.string({ unit: fc.constantFrom(...'ab",\n é🦊') });
  const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
      const text = rows.map((row) => csvLine(row)).join('');
      expect((await read(text, size)).map(({ cells }) => cells)).toEqual(rows);
    }),
    { numRuns: 200 },
  );
});

test('a record knows its line, however many it has', async () => {
  expect(await read('a,b\n"x\ny",1\r\n\nc,d')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['x\ny', '1'] },
    { line: 5, cells: ['c', 'd'] },
  ]);
});

test.each(['a"b"', '"a"b', '"a'])('quotes that are not as they should be: %s', async (text) => {
  expect(await read(text)).toEqual([{ line: 1, cells: undefined }]);
});

test('a quote that is never closed does not take all memory', async () => {
  await expect(read(`a,"b${'\nx'.repeat(600_000)}`, 1 << 18)).rejects.toThrow(
    'Line 1 begins a record that does not end',
  );
});

test('a cell is not a formula', () => {
  expect(csvLine(['=1+1', '+1', '-1', '@a', 'a=1', 7, null])).toBe("'=1+1,'+1,'-1,'@a,a=1,7,\r\n");
});
