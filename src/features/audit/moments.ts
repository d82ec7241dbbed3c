/** A date, or a date and a time (RFC 3339; without a zone it is UTC). */
const form = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/**
 * A moment that somebody typed.
 *
 * @returns milliseconds since 1970; undefined where it is none
 */
export function readMoment(text: string): number | undefined {
  if (!form.test(text)) return undefined;
  const isZoned = text.length === 10 || /(Z|[+-]\d\d:\d\d)$/i.test(text);
  const ms = Date.parse(isZoned ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
