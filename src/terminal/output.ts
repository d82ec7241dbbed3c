import { asCalled } from './own-program.ts';
import { terminal } from './terminal.ts';

/** What commands print: on standard output what was asked for, on standard error what is about it. */

// Emails and reasons come from strangers and may hold what a terminal would obey: control
// characters, and those that turn the direction of the text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\x00-\x1f\x7f-\x9f\u2028\u2029]|\p{Cf}/gu;
const unprintableInJson = /[\x7f-\x9f\u2028\u2029]|\p{Cf}/gu;

/** A text that is safe on a terminal: what does not print stands as its code, `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(unprintable, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

export function print(text: string): void {
  terminal().stdout.write(`${text}\n`);
}

/** For people, beside the data: hints and warnings. Commands in it work when they are pasted. */
export function note(text: string): void {
  terminal().stderr.write(`${asCalled(text)}\n`);
}

/** The flag of every command that prints data. */
export const jsonOption = ['--json', 'print JSON'] as const;

/** Prints one JSON value, which reads back as what it was. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value, null, 2);
  print(
    json.replace(unprintableInJson, (character) =>
      [...Array(character.length).keys()]
        .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
        .join(''),
    ),
  );
}

/** Prints rows below their headings, in columns as wide as they must be. */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number | boolean)[])[],
): void {
  const cells = [headings, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  print(alignColumns(cells).join('\n'));
}

/** Pads every cell but the last of a row to the width of its column. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
}

/** A moment for people: `2026-01-31 12:00:00Z`. */
export function moment(ms: number): string {
  return timestamp(ms)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** A moment for programs (RFC 3339). */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
