import { declareBody, optional } from '../../../contract/declare-body.ts';
import { hashProblem } from '../../identity/passwords/index.ts';
import { emailField, normalizeEmail, usernameField } from '../../identity/users/index.ts';
import { type ImportedSecret, readBase32 } from '../../sign-in/factors/index.ts';
import type { ImportRecord } from './read-records.ts';
import { isBlank, readBoolean, readMoment } from './read-values.ts';

/** Why a row is not imported. */
export const refusalReasons = {
  unreadable: 'the row could not be read',
  invalid_fields: 'a field is not valid',
  unknown_hash: 'the password hash is of no kind that can be checked',
  duplicate_in_file: 'an earlier row has the same email, user name or id',
  username_taken: 'another user has the user name',
  id_taken: 'another user has the id',
  id_used_before: 'the id may have been used before, and must not be again',
  email_taken: 'a user with another id has the email',
  email_changed: 'the user with the id has another email here',
  user_not_imported: 'a refresh token of a user who was not imported',
  app_not_usable: 'an authenticator app whose codes would not be accepted here',
} as const;

export type RefusalReason = keyof typeof refusalReasons;

/** A row as the file has it, as far as it has it, so that somebody finds it there again. */
export interface RowName {
  readonly place: number;
  readonly email: string;
  readonly username: string;
  /** The id that the file has for the user; `''`: none. */
  readonly fileId: string;
}

export interface Refusal extends RowName {
  readonly reason: RefusalReason;
  /** The error in this row. */
  readonly text: string;
}

/** A user as the file has them, by the rules of registration. */
export interface Candidate extends RowName {
  /** Undefined: the database gives one. */
  readonly id: number | undefined;
  readonly emailNormalized: string;
  /** Null: none to sign in with. */
  readonly passwordHash: string | null;
  /** Authenticator apps. */
  readonly apps: readonly ImportedSecret[];
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
  /** Which of the two the file says; absent, they have their default. */
  readonly said: readonly ('isActive' | 'isSuperuser')[];
  readonly isStaff: boolean;
  readonly groups: readonly string[];
  readonly createdAtMs: number;
  /** Null: never, or nothing is said. */
  readonly lastSignInAtMs: number | null;
}

/** Far above what anybody has given out, far below what a number can be. */
const maxId = 1e15;

/** The secret itself stands in no report. */
const notBase32 = 'Give the secret of an authenticator app in base32, of 80 bits at least.';

const nameFields = declareBody({ email: emailField, username: optional(usernameField) });

interface Options {
  readonly keepIds: boolean;
  readonly nowMs: number;
}

/** Checks the data of one user in a file by the rules of registration. */
export function checkRecord(
  record: ImportRecord,
  { keepIds, nowMs }: Options,
): Candidate | Refusal {
  const { place, fields, problem } = record;
  const name: RowName = {
    place,
    email: textOf(fields.email),
    username: textOf(fields.username),
    fileId: textOf(fields.id).trim(),
  };
  const refuse = (reason: RefusalReason, text: string): Refusal => ({ ...name, reason, text });
  if (problem !== undefined) return refuse('unreadable', problem);

  const { username, ...withoutUsername } = fields;
  const given = isBlank(username) ? withoutUsername : fields;
  const { values, errors } = nameFields.check({ value: given });
  const read = <T>(field: string, value: T | undefined, message: string): T | undefined => {
    if (value === undefined) errors[field] = [message];
    return value;
  };
  const flag = (field: 'is_active' | 'is_superuser' | 'is_staff', absent: boolean) =>
    read(field, readBoolean(fields[field], absent), 'Give true or false.') ?? absent;
  const moment = <T>(field: 'created_at' | 'last_sign_in_at', absent: T): number | T => {
    if (isBlank(fields[field])) return absent;
    const ms = readMoment(fields[field]);
    const passed = ms !== undefined && ms <= nowMs ? ms : undefined;
    return (
      read(field, passed, 'Give a moment that has passed, such as 2020-01-31T12:00:00Z.') ?? absent
    );
  };
  const id = keepIds ? read('id', readId(fields.id), 'Give a whole number above 0.') : undefined;
  const flags = {
    isActive: flag('is_active', true),
    isSuperuser: flag('is_superuser', false),
    isStaff: flag('is_staff', false),
  };
  const said = [
    ...(isBlank(fields.is_active) ? [] : (['isActive'] as const)),
    ...(isBlank(fields.is_superuser) ? [] : (['isSuperuser'] as const)),
  ];
  const times = {
    createdAtMs: moment('created_at', nowMs),
    lastSignInAtMs: moment('last_sign_in_at', null),
  };
  const secret = isBlank(fields.totp_secret)
    ? undefined
    : read('totp_secret', readBase32(String(fields.totp_secret)), notBase32);
  const groups = read('groups', readGroups(fields.groups), 'Give the names of groups.') ?? [];
  const problems = Object.entries(errors);
  if (problems.length > 0) {
    const text = problems.map(([field, messages]) => `${field}: ${messages.join(' ')}`).join(' ');
    return refuse('invalid_fields', text);
  }
  // A column of a fixed width (CHAR) pads it with blanks.
  const hash = String(fields.password_hash ?? '').trim();
  const isWithout = hash === '' || hash.startsWith('!'); // Django's mark
  const wrong = isWithout ? undefined : hashProblem(hash);
  if (wrong !== undefined) return refuse('unknown_hash', wrong);
  const email = values.email ?? '';
  return {
    ...{ place, fileId: name.fileId, id, ...flags, said, ...times, groups },
    email,
    emailNormalized: normalizeEmail(email),
    username: values.username ?? '',
    passwordHash: isWithout ? null : hash,
    apps: secret ? [{ secret }] : [],
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function readId(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^ *\d{1,16} *$/.test(value) ? Number(value) : value;
  return Number.isInteger(id) && (id as number) > 0 && (id as number) <= maxId
    ? (id as number)
    : undefined;
}

/** A list of names, or one text with semicolons between them. */
function readGroups(value: unknown): string[] | undefined {
  if (isBlank(value)) return [];
  const names: unknown[] = Array.isArray(value) ? value : String(value).split(';');
  if (!names.every((name) => typeof name === 'string')) return undefined;
  return names.map((name) => name.trim()).filter((name) => name !== '');
}
