import { declareBody, optional } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import { plainText } from '../../../contract/text-fields.ts';
import { flagField } from '../../../contract/value-fields.ts';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { record } from '../../platform/audit/index.ts';
import {
  type FactorChange,
  type FactorChangeDeps,
  type FactorOwner,
  lockFactorOwner,
  noteFactorRemoved,
} from './factor-changes.ts';
import { readFactorLevel } from './factor-level.queries.ts';
import { findUsableLevel } from './methods.queries.ts';
import { deletePasskey, renamePasskey } from './passkeys/passkeys.queries.ts';
import { deleteApp, renameApp } from './totp/authenticator-apps.queries.ts';

/** What users do with a factor that they have, of either kind. */

const maxNameLength = 50;

export const factorNameField = plainText({
  maxLength: maxNameLength,
  description: 'What the user calls it.',
  examples: ['Phone'],
});

export const endOtherSessionsField = flagField({
  examples: [false],
  description: 'Whether all other sessions of the user end.',
});

export const factorNameBody = declareBody({ name: factorNameField }, { title: 'FactorName' });

export const factorRemovalBody = declareBody(
  { end_other_sessions: optional(endOtherSessionsField) },
  { title: 'FactorRemoval' },
);

/** A factor by what its kind calls it. */
export interface FactorKey {
  readonly factor: FactorChange['factor'];
  readonly id: number;
}

type OfUser = { readonly id: number; readonly userId: number };

/** How each kind is stored. Either function says whether the user has such a factor. */
const kinds: Readonly<
  Record<
    FactorKey['factor'],
    {
      rename(trx: Db, of: OfUser, name: string): Promise<boolean>;
      remove(trx: Db, of: OfUser): Promise<boolean>;
    }
  >
> = {
  totp: { rename: renameApp, remove: deleteApp },
  passkey: { rename: renamePasskey, remove: deletePasskey },
};

/** @throws AppError `not_found`, `invalid_fields`, `invalid_body` */
export async function renameOwnFactor(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  { id: userId, actor }: FactorOwner,
  { factor, id }: FactorKey,
  body: Body,
): Promise<void> {
  const { name } = factorNameBody.read(body);
  await database.transact(async (trx) => {
    if (!(await kinds[factor].rename(trx, { id, userId }, name))) throw new AppError('not_found');
    const details = { factor, factor_id: id };
    await record(trx, {
      ...{ kind: 'factor.renamed', actor, atMs: clock.nowMs(), userId, details },
    });
  });
}

/** @throws AppError `not_found`, `factor_required`, `invalid_fields`, `invalid_body`, `user_inactive` */
export async function removeOwnFactor(
  deps: FactorChangeDeps & Pick<Deps, 'clock'>,
  owner: FactorOwner,
  { factor, id }: FactorKey,
  body: Body,
): Promise<void> {
  const { end_other_sessions: endsOtherSessions = false } = factorRemovalBody.read(body);
  await deps.database.transact(async (trx) => {
    const { id: userId } = owner;
    const user = await lockFactorOwner(trx, owner);
    const factorLevel = await readFactorLevel(trx, userId);
    const usableLevel = await findUsableLevel(deps, trx, { userId, factorLevel });
    const isRemoved = await kinds[factor].remove(trx, { id, userId });
    if (!isRemoved) throw new AppError('not_found');
    const change = { factor, factorId: id, endsOtherSessions, nowMs: deps.clock.nowMs() };
    await noteFactorRemoved(trx, deps, owner, {
      ...change,
      user,
      before: { factorLevel, usableLevel },
    });
  });
}
