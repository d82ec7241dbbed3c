import { readFields, type TextField } from '../../../contract/fields.ts';
import { hashFault } from '../../identity/passwords/index.ts';
import { emailField, normalizeEmail, usernameField } from '../../identity/users/index.ts';
import type { ImportRecord } from './read-records.ts';

/** Why a row is not imported. */
export const refusalReasons = {
  unreadable: 'the row could not be read',
  invalid_fields: 'a field is not valid',
  unknown_hash: 'the password hash is of no kind that can be checked',
  duplicate_in_file: 'an earlier row has the same address, user name or id',
  username_taken: 'another user has the user name',
  id_taken: 'another user has the id',
  id_used_before: 'the id may have been used before, and must not be again',
  email_taken: 'a user with another id has the address',
} as const;

export type RefusalReason = keyof typeof refusalReasons;

export interface Refusal {
  readonly place: number;
  /** As the file has it, as far as it has one. */
  readonly email: string;
  readonly reason: RefusalReason;
  /** What is wrong with this row. */
  readonly text: string;
}

/** A user as the file has them, by the rules of registration. */
export interface Candidate {
  readonly place: number;
  /** Undefined: the database gives one. */
  readonly id: number | undefined;
  readonly email: string;
  readonly emailNormalized: string;
  /** `''`: none. */
  readonly username: string;
  /** Null: none to sign in with. */
  readonly passwordHash: string | null;
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
  readonly createdAtMs: number;
}

/** Far above what anybody has given out, far below what a number can be. */
const maxId = 1e15;

interface Options {
  readonly keepIds: boolean;
  readonly nowMs: number;
}

/** Holds what a file says of one user against the rules of registration. */
export function checkRecord(
  record: ImportRecord,
  { keepIds, nowMs }: Options,
): Candidate | Refusal {
  const { place, fields, fault } = record;
  const email = typeof fields.email === 'string' ? fields.email : '';
  const refuse = (reason: RefusalReason, text: string): Refusal => ({ place, email, reason, text });
  if (fault !== undefined) return refuse('unreadable', fault);

  const texts: Readonly<Record<string, TextField>> = isBlank(fields.username)
    ? { email: emailField }
    : { email: emailField, username: usernameField };
  const { values, errors } = readFields({ value: fields }, texts, 'is bad');
  const read = <T>(name: string, value: T | undefined, message: string): T | undefined => {
    if (value === undefined) errors[name] = [message];
    return value;
  };
  const id = keepIds ? read('id', readId(fields.id), 'Give a whole number above 0.') : undefined;
  const isActive = read('is_active', readBoolean(fields.is_active, true), 'Give true or false.');
  const isSuperuser = read(
    'is_superuser',
    readBoolean(fields.is_superuser, false),
    'Give true or false.',
  );
  const createdAtMs = read(
    'created_at',
    readMoment(fields.created_at, nowMs),
    'Give a moment that has passed, such as 2020-01-31T12:00:00Z.',
  );
  const faults = Object.entries(errors);
  if (faults.length > 0) {
    const text = faults.map(([name, messages]) => `${name}: ${messages.join(' ')}`).join(' ');
    return refuse('invalid_fields', text);
  }
  const hash = fields.password_hash ?? '';
  const isWithout = hash === '' || (typeof hash === 'string' && hash.startsWith('!')); // Django's mark
  const wrong = isWithout ? undefined : hashFault(String(hash));
  if (wrong !== undefined) return refuse('unknown_hash', wrong);
  const address = values.email ?? '';
  return {
    place,
    id,
    email: address,
    emailNormalized: normalizeEmail(address),
    username: values.username ?? '',
    passwordHash: isWithout ? null : String(hash),
    isActive: isActive ?? true,
    isSuperuser: isSuperuser ?? false,
    createdAtMs: createdAtMs ?? nowMs,
  };
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function readId(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isInteger(id) && (id as number) > 0 && (id as number) <= maxId
    ? (id as number)
    : undefined;
}

const booleans: Readonly<Record<string, boolean>> = {
  ...{ true: true, t: true, yes: true, '1': true },
  ...{ false: false, f: false, no: false, '0': false },
};

function readBoolean(value: unknown, absent: boolean): boolean | undefined {
  if (isBlank(value)) return absent;
  const text = String(value).toLowerCase();
  return Object.hasOwn(booleans, text) ? booleans[text] : undefined;
}

/** RFC 3339, or as Django and PostgreSQL write it; without a zone it is UTC. Milliseconds are a number. */
function readMoment(value: unknown, nowMs: number): number | undefined {
  if (isBlank(value)) return nowMs;
  const ms = typeof value === 'number' ? value : parseMoment(String(value));
  return Number.isSafeInteger(ms) && ms >= 0 && ms <= nowMs ? ms : undefined;
}

const momentPattern =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))? ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

function parseMoment(text: string): number {
  const parts = momentPattern.exec(text.trim());
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
