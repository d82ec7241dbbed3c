import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { readUserPermissions } from '../../identity/roles/index.ts';
import { findFormerEmails, findPasswordHash, findUserById } from '../../identity/users/index.ts';
import { type Actor, listEvents, record } from '../../platform/audit/index.ts';
import { findMails } from '../../platform/mail/index.ts';
import { factorsJson, listFactors } from '../../sign-in/factors/index.ts';
import { findKnownNetworks, findSessionsOfUser } from '../../sign-in/sessions/index.ts';

/** How many sessions one export holds, the newest: as many as a user may have at once. */
const maxSessions = 10_000;
const maxEvents = 10_000;
/** More than the limits allow in the time that they are kept. */
const maxMails = 10_000;

/** What the file is called that users store it in. */
export const exportFileName = 'latchkey-export.json';

type ExportDeps = Pick<Deps, 'database' | 'clock' | 'relyingParty'>;

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/**
 * All data about a user, in plain names; of secrets only whether there is one (GDPR 15, 20).
 *
 * @throws AppError `user_inactive` if the user is gone
 */
async function exportUser(deps: ExportDeps, userId: number) {
  const { database } = deps;
  const user = await findUserById(database.db, userId);
  if (!user) throw new AppError('user_inactive');
  const sessions = await findSessionsOfUser(database.db, userId, maxSessions);
  const { roles, permissions } = await readUserPermissions(database.db, userId);
  const { events } = await listEvents({ database }, { userId }, { limit: maxEvents });
  const mails = await findMails(database.db, { userId }, maxMails);
  const formerEmails = await findFormerEmails(database.db, userId, deps.clock.nowMs());
  const knownNetworks = await findKnownNetworks(database.db, userId);
  return {
    user: {
      id: user.id,
      email: user.email,
      email_verified_at: time(user.emailVerifiedAtMs),
      username: user.username,
      locale: user.locale,
      is_active: user.isActive === 1,
      is_superuser: user.isSuperuser === 1,
      has_password: (await findPasswordHash(database.db, userId)) !== null,
      created_at: time(user.createdAtMs),
      updated_at: time(user.updatedAtMs),
    },
    roles: roles.map(({ name }) => name),
    permissions,
    sessions: sessions.map((session) => ({
      id: session.id,
      ip: session.ip,
      device: session.device,
      refreshes: session.generation,
      created_at: time(session.createdAtMs),
      last_used_at: time(session.refreshedAtMs),
      expires_at: time(session.expiresAtMs),
      ended_at: time(session.endedAtMs),
      end_cause: session.endCause,
      // 0: never here, but in the system that the session was imported from.
      authenticated_at: time((session.authenticatedAtMs ?? session.createdAtMs) || null),
    })),
    factors: factorsJson(await listFactors(deps, userId)),
    former_emails: formerEmails.map((former) => ({
      email: former.email,
      kept_until: time(former.expiresAtMs),
    })),
    mails: mails.map((mail) => ({
      kind: mail.kind,
      email: mail.email,
      state: mail.state,
      created_at: time(mail.createdAtMs),
    })),
    known_networks: knownNetworks.map((known) => ({
      network: known.network,
      last_used_at: time(known.lastUsedAtMs),
    })),
    events: events.map(({ at, kind, ip }) => ({ at, kind, ip })),
  };
}

/**
 * Exports the data about the user who asks for it, and records that.
 *
 * @throws AppError `user_inactive` if the user is gone
 */
export async function exportOwnData(
  deps: ExportDeps,
  { id, actor }: { readonly id: number; readonly actor: Actor },
) {
  const exported = await exportUser(deps, id);
  const event = { kind: 'user.exported', actor, atMs: deps.clock.nowMs(), userId: id } as const;
  await deps.database.transact((trx) => record(trx, event));
  return exported;
}
