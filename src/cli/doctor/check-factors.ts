import type { Config } from '../../config/config.ts';
import type { Db } from '../../db/database.ts';
import { findRolesRequiring } from '../../features/identity/roles/index.ts';
import { countByRpId, countUnopenedApps } from '../../features/sign-in/factors/index.ts';
import { countOf } from '../../lib/words.ts';
import { otherRpIdAdvice } from '../../server/refuse-other-rp-id.ts';
import { oldSecretAdvice } from '../../server/warn-at-start.ts';
import type { Settings } from '../../settings/settings.ts';
import { knownSecrets } from '../../workspace/secret-keys.ts';
import { findIgnoredRoles } from '../ignored-roles.ts';
import { examineAdministrators } from './check-administrators.ts';
import { type Finding, ok, problem } from './finding.ts';

/** The doctor's checks of second factors and passkeys. */
export async function examineFactors(
  config: Config,
  db: Db,
  get: Settings['get'],
): Promise<Finding[]> {
  const isOff = get('SECOND_FACTOR_POLICY') === 'off';
  return [
    await examineAdministrators(db, get),
    ...(await examineApps(config, db)),
    ...(await examinePasskeys(config, db)),
    ...(await (isOff ? examineIgnoredRoles(db) : examineRequiredPasskeys(config, db))),
  ];
}

/** So many are counted. */
const most = 1_000;

/** Whether the codes of authenticator apps can be checked. */
async function examineApps(config: Config, db: Db): Promise<Finding[]> {
  const count = await countUnopenedApps(db, knownSecrets(config));
  if (count === 0) return [];
  return [
    problem(
      'apps',
      `the secrets of ${countOf(count, 'authenticator app')} cannot be opened with this secret key: their codes are refused`,
      `${oldSecretAdvice} Without it, reset the factors of their users: latchkey users reset-factors EMAIL`,
    ),
  ];
}

/** How many passkeys there are for the RP ID of this server, and for others. */
async function examinePasskeys({ relyingParty, formerRpIds }: Config, db: Db): Promise<Finding[]> {
  const check = 'passkeys';
  const counts = await countByRpId(db);
  const others = counts.filter(({ rpId }) => rpId !== relyingParty?.id);
  if (others.length > 0) {
    return others.map(({ rpId, count }) => {
      const passkeys = `${countOf(count, 'passkey')} for the RP ID "${rpId}"`;
      if (formerRpIds.includes(rpId)) return ok(check, `${passkeys}, given up`);
      return problem(
        check,
        `${passkeys} cannot be used, and the server does not start: it has ${relyingParty ? `"${relyingParty.id}"` : 'none'}`,
        otherRpIdAdvice(rpId, formerRpIds),
      );
    });
  }
  if (!relyingParty) return [ok(check, 'there are none: the public URL has an IP')];
  const own = counts.reduce((sum, { count }) => sum + count, 0);
  return [ok(check, `${countOf(own, 'passkey')} for the RP ID "${relyingParty.id}"`)];
}

/** Whether roles require something where the policy lets nothing be required. */
async function examineIgnoredRoles(db: Db): Promise<Finding[]> {
  const ignored = await findIgnoredRoles(db);
  return ignored ? [problem('roles', ignored.message, ignored.advice)] : [];
}

/** Whether roles require a passkey where nobody can add one: the server had an RP ID when they began to. */
async function examineRequiredPasskeys({ relyingParty }: Config, db: Db): Promise<Finding[]> {
  if (relyingParty) return [];
  const [role, ...others] = await findRolesRequiring(db, 3, most);
  if (role === undefined) return [];
  const roles =
    others.length === 0 ? `role ${role.name} requires` : `${others.length + 1} roles require`;
  return [
    problem(
      'roles',
      `${roles} a passkey, and this server has none: once their time for adding one is over, their users cannot sign in`,
      'Set LATCHKEY_PUBLIC_URL to a URL with a domain, or LATCHKEY_PASSKEY_RP_ID. Or require less: latchkey roles require ' +
        `${role.name} aal2`,
    ),
  ];
}
