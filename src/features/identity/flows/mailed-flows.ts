import { type Body, completeFields, readFields } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { emailField, findUserByEmail, isReachedByMail, normalizeEmail } from '../users/index.ts';
import type { Purpose } from './flows.queries.ts';
import { type BegunFlow, flowSeconds, startFlow } from './flows.ts';

/** Flows that anybody can begin who names an email: nothing of them tells whether the email has an account. */

/** Who sent a request. */
export interface Visitor {
  /** As `countedNetwork` has it. */
  readonly network: string;
  /** Null where nobody knows. */
  readonly ip: string | null;
}

/** What a flow can be for that is begun without a session. The mail of each is a message of the same kind. */
export type MailedPurpose = Extract<Purpose, 'password_reset' | 'mail_sign_in'>;

/**
 * Begins a flow, and mails its code to the account of an email. Of an email that nobody has, of an account that
 * was deactivated, or has the email since it was changed lately without the password, and of an email that has been
 * sent too many mails the answer is the same, and so are the rows that are written.
 *
 * @param visitor `languages`: those that the request asks for, the best first
 * @throws AppError `mail_not_configured`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function beginMailedFlow(
  deps: Deps & { readonly limits: Limits; readonly mail: Mail },
  visitor: Visitor & { readonly languages: readonly string[] },
  purpose: MailedPurpose,
  body: Body,
): Promise<BegunFlow> {
  const { database, clock, mail, limits } = deps;
  mail.requireAvailable();
  const { network, ip, languages } = visitor;
  await limits.count('MAILS_PER_NETWORK', network);
  const typed = completeFields(readFields(body, { email: emailField }, 'is bad')).email;
  const email = normalizeEmail(typed);
  const mayReceive = await mail.mayReceive(email);
  const user = await findUserByEmail(database.db, email);
  const isReached = user !== undefined && isReachedByMail(user, clock.nowMs());
  const whom = mayReceive && isReached ? user : undefined;
  const flow = await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const userId = whom?.id ?? null;
    // Somebody else who asks for the same account voids nothing of what its owner was sent.
    const about = { purpose, userId, email, network, voids: 'of network', nowMs } as const;
    const started = await startFlow(trx, deps, about);
    await mail.write(
      trx,
      {
        kind: purpose,
        userId,
        email: whom?.email ?? typed,
        locale: mail.localeFor(...languages, whom?.locale),
        parameters: { code: started.code, atMs: nowMs, ip },
        expiresAtMs: started.expiresAtMs,
        isDecoy: !whom,
      },
      nowMs,
    );
    return started.flow;
  });
  mail.wake();
  return { flow, expires_in: flowSeconds };
}
