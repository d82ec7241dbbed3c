import type { Deps } from '../../../deps.ts';
import type { PasswordPolicy, Passwords } from '../../identity/passwords/index.ts';
import type { Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import type { SessionDeps } from '../../sign-in/sessions/index.ts';
import type { AccountSession } from './account-session.ts';

/** What the pages of the site may use. A page that needs more adds it here. */
export type AccountSiteDeps = Deps &
  SessionDeps & {
    readonly passwords: Passwords;
    readonly passwordPolicy: PasswordPolicy;
    readonly limits: Limits;
    readonly mail: Mail;
    readonly failures: Failures;
    readonly accountSession: AccountSession;
  };
