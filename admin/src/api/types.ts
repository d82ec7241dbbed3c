import type { components } from 'latchkey-client';

/** What the admin API answers with: the types of the client library, which are made from the API description. */

type Schemas = components['schemas'];

/** The same, and nothing in it can be changed. */
type Read<T> = T extends readonly (infer Item)[]
  ? readonly Read<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Read<T[Name]> }
    : T;

/** How strongly a user signs in, the weakest first: with a password or mail alone, with a second factor, with a passkey. */
export const acrs = ['aal1', 'aal2', 'phr'] as const;
export type Acr = (typeof acrs)[number];

export type User = Read<Schemas['User']>;

/** What a user signs in with besides the password, as users see it themselves. */
export type Factors = Read<Schemas['FactorList']>;
export type ListedFactor = Factors['authenticator_apps'][number];
/** As administrators see it. */
export type UserFactors = Read<Schemas['UserFactors']>;
export type PendingReset = NonNullable<UserFactors['reset']>;

export type Session = Read<Schemas['SessionPage']>['items'][number];

export type Role = Read<Schemas['Role']>;
/** How far the server counts the users of a role. */
export const maxCountedUsers = 1_000;

export type Permission = Read<Schemas['PermissionPage']>['items'][number];
export type OwnPermissions = Read<Schemas['OwnPermissions']>;
export type UserPermissions = Read<Schemas['UserPermissions']>;

export type Setting = Read<Schemas['Setting']>;
export type SettingValue = Setting['value'];
export type SettingChange = Read<Schemas['SettingChangePage']>['items'][number];

export type SigningKey = Read<Schemas['SigningKey']>;
export type ServerNode = Read<Schemas['NodeList']>['items'][number];

export type OutboxMail = Read<Schemas['OutboxMail']>;
export type OutboxMailDetail = Read<Schemas['OutboxMailDetail']>;

export type MailText = Read<Schemas['MailText']>;
export type MailTextList = Read<Schemas['MailTextList']>;
export type MailPreview = Read<Schemas['MailPreview']>;
export type MailStatus = Read<Schemas['MailStatus']>;

export type AuditEvent = Read<Schemas['AuditEventPage']>['items'][number];

export type Overview = Read<Schemas['Overview']>;
export type OverviewPoint = Overview['series'][number];

export type TokenPair = Read<Schemas['TokenPair']>;
