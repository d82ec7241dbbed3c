import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Database, Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Visitor } from '../../../http/visitor.ts';
import type { Clock } from '../../../lib/clock.ts';
import {
  checkToken,
  issueToken,
  tokenField,
  useToken,
  voidToken,
} from '../../identity/link-tokens/index.ts';
import {
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import {
  createUserIn,
  emailField,
  emailTaken,
  hasSuperuser,
  type Profile,
  profileOf,
  takenFields,
} from '../../identity/users/index.ts';
import type { Limits } from '../../platform/limits/index.ts';

/**
 * The first administrator. While there is none, each start makes a link and prints it: a person who reads the
 * terminal, or the log, of the server may become the first administrator, from the server's own machine.
 */

const lifetimeMs = 60 * 60 * 1000;

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/**
 * Makes the token of the link, and voids the one before.
 *
 * @returns undefined if there is a superuser already
 */
export function issueSetupToken({ database, clock }: Deps): Promise<string | undefined> {
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    if (await hasSuperuser(trx)) {
      await voidToken(trx, 'setup', null, nowMs);
      return undefined;
    }
    const link = { purpose: 'setup', userId: null, issuedBy: null, lifetimeMs, nowMs } as const;
    return (await issueToken(trx, link)).token;
  });
}

/** The link that shows the page on which the first administrator is made. */
export function setupUrl(origin: string, token: string): string {
  return `${origin}/account/setup/?token=${token}`;
}

interface SetupDeps extends Deps {
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly limits: Limits;
}

export const setupBody = declareBody(
  { token: tokenField, email: emailField, password: passwordField },
  { title: 'Setup' },
);

export const setupTokenBody = declareBody({ token: tokenField }, { title: 'SetupToken' });

/**
 * Makes the first administrator, once, and only while there is no superuser.
 *
 * @throws AppError `invalid_link_token`, `already_set_up`, `invalid_fields`, `invalid_body`,
 *   `rate_limited`, `overloaded`
 */
export async function setUp(deps: SetupDeps, visitor: Visitor, body: Body): Promise<Profile> {
  const { database, clock, passwords, passwordPolicy, limits } = deps;
  const { token, email, password } = setupBody.read(body);
  const sent = () => ({ purpose: 'setup', token, nowMs: clock.nowMs() }) as const;
  await checkToken(database.db, limits, visitor.network, sent());
  await refuseAgain(database.db);
  const problems = await passwordPolicy.problemsOf(password, { email });
  throwFieldErrors({
    ...(await takenFields(database.db, { email }, { nowMs: clock.nowMs() })),
    ...(problems.length > 0 && { password: problems }),
  });
  const passwordHash = await passwords.hash(password, {
    network: visitor.network,
    account: 'setup',
  });
  const task = async (trx: Db) => {
    const nowMs = clock.nowMs();
    await useToken(trx, sent());
    await refuseAgain(trx);
    const actor = { kind: 'anonymous', ip: visitor.ip } as const;
    const account = { email, passwordHash, isSuperuser: true };
    const user = await createUserIn(trx, account, { actor, nowMs });
    if (!user) throw new AppError('invalid_fields', { members: { email: [emailTaken] } });
    return profileOf(user);
  };
  // Of two who see no superuser only one may make one.
  return await database.transact(task, { isolation: 'serializable' });
}

/**
 * Looks at the token of the link, which stays good: a page asks before it shows its form.
 *
 * @throws AppError `invalid_link_token`, `already_set_up`, `invalid_fields`, `invalid_body`,
 *   `rate_limited`
 */
export async function checkSetupLink(
  { database: { db }, clock, limits }: Pick<SetupDeps, 'database' | 'clock' | 'limits'>,
  visitor: Visitor,
  body: Body,
): Promise<void> {
  const { token } = setupTokenBody.read(body);
  const sent = { purpose: 'setup', token, nowMs: clock.nowMs() } as const;
  await checkToken(db, limits, visitor.network, sent);
  await refuseAgain(db);
}

/** @throws AppError `already_set_up` */
async function refuseAgain(db: Db): Promise<void> {
  if (await hasSuperuser(db)) throw new AppError('already_set_up');
}
