/** JSON as it arrives: strict, and with the text of its numbers at hand where that matters. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes bytes as UTF-8. A byte order mark stays, and is no JSON.
 *
 * @throws TypeError where they are not valid UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

interface ReviverContext {
  readonly source?: string;
}

/**
 * The text of a number as it stands in the JSON: that of a member of the top-level object, or with
 * the key `''` that of the top-level value. JavaScript's numbers lose digits past 2^53 and the
 * difference of `1` and `1.0`; the text has both.
 */
export function numberSource(json: string, key: string): string | undefined {
  try {
    return reviveSource(json, key);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested deeper than the stack of a reviver
    throw error;
  }
}

function reviveSource(json: string, key: string): string | undefined {
  const seen: { holder: unknown; source: string | undefined }[] = [];
  let root: unknown;
  JSON.parse(
    json,
    function revive(this: unknown, name: string, value: unknown, ...rest: unknown[]) {
      const source = (rest[0] as ReviverContext).source;
      if (name === key && typeof value === 'number') seen.push({ holder: this, source });
      root = value; // the last one that is visited
      return value;
    },
  );
  if (typeof root === 'number') return seen.at(-1)?.source;
  return seen.findLast(({ holder }) => holder === root)?.source;
}
