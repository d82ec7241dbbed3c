import { declareBody, described, optional } from '../../../../contract/declare-body.ts';
import type { Body } from '../../../../contract/fields.ts';
import { choiceField } from '../../../../contract/value-fields.ts';
import type { Db } from '../../../../db/database.ts';
import type { Deps } from '../../../../deps.ts';
import { AppError } from '../../../../errors/index.ts';
import { qrSvg } from '../../../../lib/qr-svg.ts';
import { codeField, readCode } from '../../../identity/flows/index.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import type { Passwords } from '../../../identity/passwords/index.ts';
import { findUserById } from '../../../identity/users/index.ts';
import {
  type FactorOwner,
  lockFactorOwner,
  type NewFactor,
  noteFactorAdded,
} from '../factor-changes.ts';
import { endOtherSessionsField, factorNameField } from '../own-factors.ts';
import { requireFactorsOn } from '../policy/required-level.ts';
import { givesRecoveryCodes } from '../recovery-codes/recovery-codes.ts';
import {
  confirmApp,
  countConfirmed,
  deleteOldestUnconfirmed,
  findUnconfirmed,
  insertApp,
} from './authenticator-apps.queries.ts';
import { openSecret, sealSecret } from './sealed-secrets.ts';
import { base32Of, defaultAppName, newTotpSecret, stepOf, totpUri } from './totp.ts';

/** How many a user may have. */
export const maxApps = 5;
/** How many may wait for their first code: the newest. */
const maxUnconfirmed = 5;
/** For how long one waits for its first code. */
export const unconfirmedMs = 600_000;

export const newAppBody = declareBody(
  {
    kind: choiceField(['totp'], { description: 'An authenticator app.', examples: ['totp'] }),
    name: optional(described(factorNameField, { description: `Default: ${defaultAppName}.` })),
  },
  { title: 'NewFactor' },
);

export const confirmationBody = declareBody(
  {
    code: described(codeField, { description: 'The code that the app shows.' }),
    end_other_sessions: optional(endOtherSessionsField),
  },
  { title: 'FactorConfirmation' },
);
/** Read by itself: what is wrong with the code has an error of its own, see `codeField`. */
const confirmationRest = declareBody({ end_other_sessions: optional(endOtherSessionsField) });

export type AppDeps = Pick<
  Deps,
  'database' | 'settings' | 'clock' | 'secretKey' | 'secretKeyFallbacks'
> & {
  readonly passwords: Passwords;
  readonly notices: Notices;
  /** What links begin with. */
  publicUrl(): string;
};

/** An app that waits for its first code, with what the user's phone has to be told. */
export interface UnconfirmedApp {
  readonly id: number;
  readonly name: string;
  /** Base32. */
  readonly secret: string;
  readonly uri: string;
  readonly qrSvg: string;
}

/**
 * Makes a secret for an authenticator app. It counts for nothing until a code of it is shown.
 *
 * @throws AppError `second_factors_off`, `invalid_fields`, `invalid_body`, `too_many_factors`, `user_inactive`
 */
export async function beginApp(
  deps: AppDeps,
  owner: FactorOwner,
  body: Body,
): Promise<UnconfirmedApp> {
  const { name = defaultAppName } = newAppBody.read(body);
  requireFactorsOn(deps);
  const { database, clock } = deps;
  const secret = newTotpSecret();
  const { id, user } = await database.transact(async (trx) => {
    const user = await lockFactorOwner(trx, owner);
    await requireRoom(trx, owner.id);
    const app = { userId: owner.id, name, nowMs: clock.nowMs(), confirmedAtMs: null };
    const id = await insertApp(trx, app, (id) =>
      sealSecret(deps, secret, { id, userId: owner.id }),
    );
    await deleteOldestUnconfirmed(trx, owner.id, maxUnconfirmed);
    return { id, user };
  });
  return toldOf(deps, { id, name, secret, email: user.email });
}

/** @throws AppError `too_many_factors` */
async function requireRoom(trx: Db, userId: number): Promise<void> {
  if ((await countConfirmed(trx, userId)) >= maxApps) throw new AppError('too_many_factors');
}

function toldOf(
  { settings, publicUrl }: AppDeps,
  of: { id: number; name: string; secret: Uint8Array; email: string },
): UnconfirmedApp {
  const { id, name, secret, email } = of;
  const issuer = settings.get('SITE_NAME') || new URL(publicUrl()).hostname;
  const uri = totpUri(secret, issuer, email);
  return { id, name, secret: base32Of(secret), uri, qrSvg: qrSvg(uri) };
}

/** An app that waits for its first code, and its secret; undefined if there is none, or not any more. */
async function openUnconfirmed(deps: AppDeps, userId: number, id: number) {
  const sinceMs = deps.clock.nowMs() - unconfirmedMs;
  const app = await findUnconfirmed(deps.database.db, { id, userId }, sinceMs);
  const opened = app && openSecret(deps, app.secret, app);
  return app && opened && { ...app, secret: opened.secret };
}

/** An app that waits for its first code, for a page that shows it again; undefined if it does not, or not any more. */
export async function findUnconfirmedApp(
  deps: AppDeps,
  userId: number,
  id: number,
): Promise<UnconfirmedApp | undefined> {
  const app = await openUnconfirmed(deps, userId, id);
  const user = app && (await findUserById(deps.database.db, userId));
  return app && user && toldOf(deps, { ...app, email: user.email });
}

const wrongCode =
  'This code is not right. The app shows another one every 30 seconds; the clock of the phone has to be right.';

/**
 * Confirms an app by a code of it, which is spent: it signs nobody in. A user who has no recovery codes gets some.
 *
 * @returns the recovery codes; none if the user had a factor already
 * @throws AppError `not_found`, `invalid_code`, `invalid_fields`, `too_many_factors`, `user_inactive`, `overloaded`
 */
export async function confirmNewApp(
  deps: AppDeps,
  owner: FactorOwner,
  id: number,
  body: Body,
): Promise<readonly string[]> {
  const { end_other_sessions: endsOtherSessions = false } = confirmationRest.read(body);
  const { add } = await checkNewApp(deps, owner, { id, code: readCode(body), endsOtherSessions });
  return deps.database.transact(add);
}

/**
 * Checks a code of an app that waits for its first.
 *
 * @returns the factor, which is the user's once `add` has run in a transaction
 * @throws AppError `not_found`, `invalid_code`, `overloaded`; `add`: `not_found`, `too_many_factors`, `user_inactive`
 */
export async function checkNewApp(
  deps: AppDeps,
  owner: FactorOwner,
  {
    id,
    code,
    endsOtherSessions = false,
  }: { readonly id: number; readonly code: string; readonly endsOtherSessions?: boolean },
): Promise<NewFactor> {
  const { clock } = deps;
  const app = await openUnconfirmed(deps, owner.id, id);
  if (!app) throw new AppError('not_found');
  const step = stepOf(app.secret, code, clock.nowMs());
  if (step === undefined) throw new AppError('invalid_code', { detail: wrongCode });
  const giveCodes = await givesRecoveryCodes(deps, owner);
  const shown = { level: 2, amr: ['otp'] } as const;
  return {
    ...shown,
    async add(trx) {
      const nowMs = clock.nowMs();
      const user = await lockFactorOwner(trx, owner);
      await requireRoom(trx, owner.id);
      // Somebody else has confirmed it in between.
      if (!(await confirmApp(trx, { id, step, nowMs }))) throw new AppError('not_found');
      const codes = await giveCodes(trx, nowMs);
      const change = { factor: 'totp', factorId: id, endsOtherSessions, nowMs } as const;
      await noteFactorAdded(trx, deps, owner, { ...change, user, shown });
      return codes;
    },
  };
}
