import { OperatorError } from './operator-error.ts';

/** A longer text is not a record. */
const maxElementLength = 1 << 20;

/**
 * The texts of the elements of one large JSON list of objects, which arrives in pieces. Only one element is in memory
 * at a time. It finds where each element ends; whether that is JSON is for `JSON.parse` to say.
 *
 * @throws OperatorError if the text is not a list of objects
 */
export async function* readJsonElements(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let element = '';
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  for await (const chunk of chunks) {
    let start = depth > 1 ? 0 : -1;
    for (let at = 0; at < chunk.length; at += 1) {
      const code = chunk.charCodeAt(at);
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (code === backslash) isEscaped = true;
        else if (code === quote) isInString = false;
        continue;
      }
      if (code === quote && depth > 1) isInString = true;
      else if (code === openBrace || code === openBracket) {
        if (depth === 1 && code === openBrace) start = at;
        else if (depth < 2 && !(depth === 0 && code === openBracket)) throw notAList();
        depth += 1;
      } else if (code === closeBrace || code === closeBracket) {
        depth -= 1;
        if (depth === 1) {
          yield element + chunk.slice(start, at + 1);
          element = '';
          start = -1;
        } else if (depth < 0) throw notAList();
      } else if (depth < 2 && !between.includes(chunk[at] ?? '')) throw notAList();
    }
    if (start >= 0) element += chunk.slice(start);
    if (element.length > maxElementLength) {
      throw new OperatorError('The file has an object of more than a million characters.');
    }
  }
  if (depth !== 0) throw new OperatorError('The file ends in the middle: its list is not closed.');
}

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace] = [0x7b, 0x7d];
const [openBracket, closeBracket] = [0x5b, 0x5d];
const between = ' \t\r\n,';

function notAList(): OperatorError {
  return new OperatorError('The file is no JSON list of objects.');
}
