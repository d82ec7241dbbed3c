/** JSON as it arrives: strict, and with the text of its numbers at hand where that matters. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes bytes as UTF-8. A byte order mark stays, and is not JSON.
 *
 * @throws TypeError if they are not valid UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The text of a number as JSON has it, of a member of the top-level object. JavaScript's numbers lose digits past
 * 2^53 and the difference of `1` and `1.0`; the text has both.
 *
 * One walk along the text, however deep it is nested. A reviver of `JSON.parse` has the text too, but it is called
 * for every value, one inside another, and a hostile body makes that slow or too deep.
 *
 * @param json a text that `JSON.parse` has read as an object
 * @param name the name of a member; the last member of that name counts
 * @returns undefined if the member is absent or not a number
 */
export function numberSource(json: string, name: string): string | undefined {
  let source: string | undefined;
  let depth = 0;
  let isKeyNext = false;
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i);
    if (code === quote) {
      const end = endOfString(json, i);
      if (isKeyNext && JSON.parse(json.slice(i, end)) === name)
        source = numberAfterColon(json, end);
      isKeyNext = false;
      i = end - 1;
    } else if (code === openBrace || code === openBracket) {
      depth += 1;
      isKeyNext = depth === 1;
    } else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
    } else if (code === comma) {
      isKeyNext = depth === 1;
    }
  }
  return source;
}

function numberAfterColon(json: string, from: number): string | undefined {
  const pattern = /\s*:\s*(-?\d[\d.eE+-]*)/y;
  pattern.lastIndex = from;
  return pattern.exec(json)?.[1];
}

/** Where a string ends, behind its closing quote. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands in front. */
function isEscaped(json: string, index: number): boolean {
  let first = index;
  while (json.charCodeAt(first - 1) === backslash) first -= 1;
  return (index - first) % 2 === 1;
}
