/** Reads the values of a file, which CSV has as texts and JSON as what they are. */

/** Whether a value says nothing. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || String(value).trim() === '';
}

const booleans: Readonly<Record<string, boolean>> = {
  ...{ true: true, t: true, yes: true, '1': true },
  ...{ false: false, f: false, no: false, '0': false },
};

/** @returns undefined if it is neither true nor false */
export function readBoolean(value: unknown, absent: boolean): boolean | undefined {
  if (isBlank(value)) return absent;
  const text = String(value).trim().toLowerCase();
  return Object.hasOwn(booleans, text) ? booleans[text] : undefined;
}

/** Below it a number is seconds since 1970 (until the year 5138), from it on milliseconds (from 1973 on). */
const leastMs = 1e11;

/**
 * RFC 3339, or as Django and PostgreSQL write it; without a zone it is UTC. A number is seconds or milliseconds since
 * 1970.
 *
 * @returns milliseconds since 1970; undefined if it is not a time
 */
export function readMoment(value: unknown): number | undefined {
  const text = String(value).trim();
  const number = /^\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
  const ms = number === undefined ? parseMoment(text) : number < leastMs ? number * 1000 : number;
  return ms >= 0 ? Math.trunc(ms) : undefined;
}

const momentPattern =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))? ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

function parseMoment(text: string): number {
  const parts = momentPattern.exec(text);
  if (!parts) return Number.NaN;
  const [, date, time = '00:00', fraction = '0', zone = 'Z'] = parts;
  const offset = /^[+-]\d\d$/.test(zone)
    ? `${zone}:00`
    : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const seconds = time.length === 5 ? `${time}:00` : time;
  return Date.parse(
    `${date}T${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset.toUpperCase()}`,
  );
}
