import { type Static, Type } from 'typebox';
import { localeSchema, timeOrNull, versionSchema } from '../../../http/schemas.ts';
import { type Acr, acrOf, acrValues } from '../../../lib/auth-level.ts';
import { userSorts } from './list-users.ts';
import { accountJson } from './user-admin.ts';
import type { ListedUser } from './user-view.ts';

/** The schemas that the routes of this feature share, and how their values are made. */

export const time = (example: string, description?: string) =>
  Type.String({
    format: 'date-time',
    examples: [example],
    ...(description !== undefined && { description }),
  });

export function timeText(ms: number): string;
export function timeText(ms: number | null): string | null;
export function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export const userSchema = Type.Object(
  {
    id: Type.Integer({ examples: [7] }),
    email: Type.String({ examples: ['ada@example.com'] }),
    email_verified: Type.Boolean({
      description: 'Whether the user has proven that the email is theirs.',
      examples: [true],
    }),
    username: Type.String({ description: '`""` until it is set.', examples: ['ada'] }),
    locale: localeSchema,
    is_active: Type.Boolean({ examples: [true] }),
    is_superuser: Type.Boolean({ examples: [false] }),
    has_password: Type.Boolean({
      description: 'Nobody can sign in without one.',
      examples: [true],
    }),
    acr: Type.String({
      enum: [...acrValues],
      description:
        'How strongly the user can sign in: `aal1` without a factor, `aal2` with one, `phr` with a passkey that verifies them.',
      examples: ['aal1'],
    }),
    roles: Type.Array(
      Type.Object({
        id: Type.Integer({ examples: [1] }),
        name: Type.String({ examples: ['support'] }),
      }),
    ),
    created_at: time('2026-03-01T08:00:00.000Z'),
    updated_at: time('2026-03-01T08:00:00.000Z'),
    last_sign_in_at: timeOrNull('2026-03-02T09:30:00.000Z'),
    email_bounced_at: timeOrNull(
      null,
      'When mail to the user came back; null: it does not, as far as anybody knows.',
    ),
    version: versionSchema,
  },
  { title: 'User', description: 'A user, as administrators see them.' },
);

export function userJson(user: ListedUser): Static<typeof userSchema> {
  return {
    ...accountJson(user),
    has_password: user.hasPassword,
    acr: acrOf(user.factorLevel),
    roles: user.roles.map(({ id, name }) => ({ id, name })),
    last_sign_in_at: timeText(user.lastSignInAtMs),
    email_bounced_at: timeText(user.emailBouncedAtMs),
    version: user.version,
  };
}

/** Which users a list has. */
export const userFilters = {
  search: Type.Optional(
    Type.String({
      maxLength: 254,
      description:
        'The beginning of the email (in any letter case) or of the username (as it is stored); `@` ' +
        "and the beginning of the email's domain; or an id.",
    }),
  ),
  ids: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{0,15}(,[1-9][0-9]{0,15}){0,99}$',
      description: 'Only these: up to 100 ids, with commas between.',
      examples: ['7,11'],
    }),
  ),
  is_active: Type.Optional(Type.Boolean()),
  is_superuser: Type.Optional(Type.Boolean()),
  role: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'The id of a role that they have.',
    }),
  ),
  acr: Type.Optional(
    Type.Unsafe<Acr>(
      Type.String({
        enum: [...acrValues],
        description:
          'How strongly they can sign in: `aal1` are those without a second factor. Nobody is in two of the lists.',
      }),
    ),
  ),
  sort: Type.Optional(
    Type.String({
      enum: [...userSorts],
      default: 'id',
      description:
        'With a hyphen before it: descending. A search with more than 1,000 matches is always ' +
        'ordered by email, then by username.',
    }),
  ),
};
