import * as audit from './de/audit.ts';
import * as factors from './de/factors.ts';
import * as mail from './de/mail.ts';
import * as roles from './de/roles.ts';
import * as server from './de/server.ts';
import * as sessions from './de/sessions.ts';
import * as settings from './de/settings.ts';
import * as signIn from './de/sign-in.ts';
import * as site from './de/site.ts';
import * as users from './de/users.ts';
import type { Messages } from './en.ts';

/** Everything that the site says, in German. */
export const de: Messages = {
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
