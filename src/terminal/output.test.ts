import { afterEach, expect, test, vi } from 'vitest';
import { alignColumns, printable, printJson } from './output.ts';

afterEach(() => vi.restoreAllMocks());

test('columns are aligned, by characters and not by code units', () => {
  expect(
    alignColumns([
      ['A', 'B', 'C'],
      ['one', '𝟚', 'x'],
      ['', '', ''],
    ]),
  ).toEqual(['A    B  C', 'one  𝟚  x', '']);
});

test('what a terminal would obey is shown, and not obeyed', () => {
  expect(printable('ada@example.com ñ 漢 🙂')).toBe('ada@example.com ñ 漢 🙂');
  expect(printable('"\x1b[2J\x07"@x.de\n\u009b\u202e')).toBe(
    '"\\u{1b}[2J\\u{7}"@x.de\\u{a}\\u{9b}\\u{202e}',
  );
});

test('JSON reads back as what it was, and holds nothing that a terminal would obey', () => {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  const value = { reason: 'a\x1b[2Jb\u009b\u202e\u{e0001}漢' };
  printJson(value);
  expect(JSON.parse(printed)).toEqual(value);
  for (const obeyed of ['\x1b', '\x9b', '\u202e', '\u{e0001}'])
    expect(printed).not.toContain(obeyed);
});
