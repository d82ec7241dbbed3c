import { OperatorError } from './operator-error.ts';

/** Comma-separated values (RFC 4180). */

/** A file of UTF-8 begins with this mark, so that Excel reads it as UTF-8. */
export const byteOrderMark = '\ufeff';

/** A record, and the line of the file that it begins on, from 1. */
export interface CsvRecord {
  readonly line: number;
  /** Undefined if its quotes are not as they should be. */
  readonly cells: readonly string[] | undefined;
}

/** A longer text is not a record, but a quote that is never closed. */
const maxRecordLength = 1 << 20;

/**
 * Reads records out of a text that arrives in pieces. Empty lines are skipped.
 *
 * @throws OperatorError if a record is longer than any record can be
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let record: string | undefined;
  let line = 0;
  let beganOn = 1;
  let hasOpenQuote = false;
  for await (const text of readLines(chunks)) {
    line += 1;
    if (record === undefined) beganOn = line;
    // A line break inside quotes is part of the cell.
    record = record === undefined ? text : `${record}\n${text}`;
    if (countQuotes(text) % 2 === 1) hasOpenQuote = !hasOpenQuote;
    if (record.length > maxRecordLength) {
      throw new OperatorError(
        `Line ${beganOn} begins a record that does not end. Look at its quotes.`,
      );
    }
    if (hasOpenQuote) continue;
    if (record !== '') yield { line: beganOn, cells: splitRecord(record) };
    record = undefined;
  }
  if (record !== undefined) yield { line: beganOn, cells: undefined };
}

/** The lines of a text that comes in pieces, without what ends them. */
export async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (rest.length > maxRecordLength) {
      throw new OperatorError('The file has a line of more than a million characters.');
    }
  }
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

const cellPattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

/** Undefined if there is a quote in a wrong place. */
function splitRecord(record: string): string[] | undefined {
  if (!record.includes('"')) return record.split(',');
  const cells: string[] = [];
  cellPattern.lastIndex = 0;
  for (;;) {
    const found = cellPattern.exec(record);
    if (!found) return undefined;
    const [, quoted, plain = '', end] = found;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') return cells;
  }
}

/**
 * A record as a line. A cell that a spreadsheet would take for a formula is given an apostrophe
 * (OWASP, "CSV Injection").
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: string | number | null): string {
  if (typeof cell === 'number') return String(cell);
  const text = cell ?? '';
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
