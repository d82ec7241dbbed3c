import * as audit from './en/audit.ts';
import * as factors from './en/factors.ts';
import * as mail from './en/mail.ts';
import * as roles from './en/roles.ts';
import * as server from './en/server.ts';
import * as sessions from './en/sessions.ts';
import * as settings from './en/settings.ts';
import * as signIn from './en/sign-in.ts';
import * as site from './en/site.ts';
import * as users from './en/users.ts';

/** Everything that the site says, in English, by what it is about. The other languages have the same keys. */
export const en = {
  ...site,
  ...signIn,
  ...users,
  ...factors,
  ...sessions,
  ...roles,
  ...settings,
  ...audit,
  ...mail,
  ...server,
};

type Texts<Tree> = {
  readonly [Key in keyof Tree]: Tree[Key] extends string ? string : Texts<Tree[Key]>;
};

/** What another language has to say. */
export type Messages = Texts<typeof en>;

type Paths<Tree, Prefix extends string = ''> = {
  [Key in keyof Tree & string]: Tree[Key] extends string
    ? `${Prefix}${Key}`
    : Paths<Tree[Key], `${Prefix}${Key}.`>;
}[keyof Tree & string];

/** The name of one text, such as `sign_in.title`. */
export type TextKey = Paths<typeof en>;
