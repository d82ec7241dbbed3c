import { Type } from 'typebox';
import { declareBody } from '../../../contract/declare-body.ts';
import { textField } from '../../../contract/text-fields.ts';
import type { Deps } from '../../../deps.ts';
import { codePointLength } from '../../../lib/text.ts';
import {
  emailMaxLength,
  findUserByEmail,
  hasMailbox,
  normalizeEmail,
  type UserWithHash,
} from '../../identity/users/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { deviceTokenField } from './device-token.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly device_token?: string | undefined;
}

/** Any text that is not blank. What is wrong with it is not told. */
const anyText = (example: string) =>
  textField({ checks: [] }, Type.String({ examples: [example] }));

export const credentialsBody = declareBody(
  {
    email: anyText('ada@example.com'),
    password: anyText('correct horse battery'),
    device_token: deviceTokenField,
  },
  { title: 'Credentials' },
);

/** The account that an email names, whether or not there is one. */
export interface NamedAccount {
  /** The keyed hash of the email: one for every email. */
  readonly key: string;
  /** Undefined if there is no such account. */
  readonly user: UserWithHash | undefined;
}

/** The account that somebody wants to sign in to. */
export async function findAccount(
  { database, limits }: Pick<Deps, 'database'> & { readonly limits: Limits },
  { email, password }: Credentials,
): Promise<NamedAccount> {
  if (!isPossible(email, password)) {
    return { key: limits.accountKey(email.toLowerCase()), user: undefined };
  }
  const normalized = normalizeEmail(email);
  const user = await findUserByEmail(database.db, normalized);
  return { key: limits.accountKey(normalized), user };
}

/** What no account can have is not looked for, and cannot pass for what one has. */
function isPossible(email: string, password: string): boolean {
  return (
    !email.includes('\0') && // which PostgreSQL could not even compare
    email.isWellFormed() &&
    password.isWellFormed() &&
    codePointLength(email) <= emailMaxLength &&
    // Else `ｆ@example.com` would sign `f@example.com` in. A domain has many spellings anyway.
    hasMailbox(email)
  );
}
