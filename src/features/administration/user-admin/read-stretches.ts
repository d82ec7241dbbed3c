/**
 * Reads the rows of an index that pass a filter, in its order, without any query that looks at many
 * rows: stretch by stretch, and only so many of them.
 */

/** What is read, from one key of an index to another. */
export interface StretchSource<Row, Key> {
  /** The key so many places after another (undefined: from the start); undefined: there are fewer. */
  findKeyAhead(after: Key | undefined, places: number): Promise<Key | undefined>;
  /** The rows that pass, after one key, up to and with another (undefined: to the end). */
  read(after: Key | undefined, through: Key | undefined, limit: number): Promise<Row[]>;
}

/** How much may be looked at. */
export interface StretchBounds {
  /** How many rows one query looks at: a few milliseconds. */
  readonly stretchLength: number;
  /** How many stretches one page takes. Past them it is shorter than it could be, or empty. */
  readonly maxStretches: number;
}

export const usualStretches: StretchBounds = { stretchLength: 2_000, maxStretches: 50 };

/**
 * Reads up to `limit` rows.
 *
 * @returns `stoppedAt`: the last key that was looked at, if that was not the end; undefined at the end, or if
 *   `limit` is reached
 */
export async function readStretches<Row, Key>(
  source: StretchSource<Row, Key>,
  from: { readonly after: Key | undefined; readonly limit: number },
  { stretchLength, maxStretches }: StretchBounds,
): Promise<{ rows: Row[]; stoppedAt: Key | undefined }> {
  const rows: Row[] = [];
  let { after } = from;
  for (let stretch = 0; stretch < maxStretches; stretch += 1) {
    const end = await source.findKeyAhead(after, stretchLength);
    rows.push(...(await source.read(after, end, from.limit - rows.length)));
    if (end === undefined || rows.length >= from.limit) return { rows, stoppedAt: undefined };
    after = end;
  }
  return { rows, stoppedAt: after };
}
