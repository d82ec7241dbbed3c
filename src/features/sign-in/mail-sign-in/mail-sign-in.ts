import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import {
  type Asker,
  type BegunFlow,
  beginMailedFlow,
  checkFlow,
  type Proof,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import { isEmailOf, lockUser } from '../../identity/users/index.ts';
import type { Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { dropUnproven, finishSignIn, keepsFactor, noteFailedLogin } from '../login/index.ts';
import {
  isKnownNetwork,
  type SessionDeps,
  type SessionOrigin,
  type TokenPair,
} from '../sessions/index.ts';

/** Users sign in with a code that they are mailed. Off by default; see docs/decisions/mail-sign-in.md. */

type MailSignInDeps = SessionDeps & { readonly limits: Limits };

const purpose = 'mail_sign_in';

/**
 * Begins a sign-in, and mails its code to the account.
 *
 * @throws AppError `mail_sign_in_off`, `mail_not_configured`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export function beginMailSignIn(
  deps: MailSignInDeps & { readonly mail: Mail },
  asker: Asker,
  body: Body,
): Promise<BegunFlow> {
  requireOn(deps);
  const isKnown = (userId: number, network: string) => isKnownNetwork(deps, userId, network);
  return beginMailedFlow({ ...deps, isKnownNetwork: isKnown }, asker, purpose, body);
}

/**
 * Signs a user in by the code of a mail. It proves the email as well, once a second factor was shown where the account has
 * one. At the first proof, somebody who had registered with it before keeps nothing.
 *
 * @param deviceToken of a remembered device; absent: there is none
 * @throws AppError `mail_sign_in_off`, `invalid_code`, `flow_expired`, `second_factor_required`, `rate_limited`
 */
export async function confirmMailSignIn(
  deps: MailSignInDeps & { readonly failures: Failures },
  origin: SessionOrigin,
  proof: Proof,
  deviceToken?: string,
): Promise<TokenPair> {
  requireOn(deps);
  const { database, clock, failures, limits, metrics } = deps;
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const { userId, email } = await checkFlow(database.db, deps, countedNetwork(origin.ip), {
    ...sent(),
    onWrongCode({ userId, email }) {
      const account = limits.accountKey(email);
      const attempt = { account, userId: userId ?? undefined, ip: origin.ip, atMs: clock.nowMs() };
      noteFailedLogin(failures, attempt, 'wrong_code');
      metrics.signIns.inc({ outcome: 'refused' });
    },
  });
  const outcome = await finishSignIn(
    deps,
    { kind: 'mail', userId, email, deviceToken },
    origin,
    (start) =>
      database.transact(async (trx) => {
        const nowMs = clock.nowMs();
        await useFlow(trx, deps, sent());
        const user = await lockUser(trx, userId);
        if (!user || !isEmailOf(user, email)) throw new AppError('flow_expired');
        const actor = { kind: 'user', id: userId, ip: origin.ip } as const;
        const by = { actor, nowMs };
        // Who reads the mail, and has shown no factor yet, must not change anything of an account that asks for one.
        const isEnough = !(await keepsFactor(trx, user));
        if (isEnough) await dropUnproven(trx, deps, user, by, 'email_proven');
        await voidFlows(trx, purpose, userId);
        return start(trx);
      }),
  );
  if (outcome.kind === 'outdated') throw new AppError('flow_expired');
  return outcome.tokens;
}

function requireOn({ settings }: Pick<MailSignInDeps, 'settings'>): void {
  if (!settings.get('MAIL_SIGN_IN')) throw new AppError('mail_sign_in_off');
}
