import type { Migration } from 'kysely/migration';
import * as base from './0001-base.ts';
import * as sessionDetails from './0002-session-details.ts';
import * as signingKeys from './0003-signing-keys.ts';
import * as knownNetworks from './0004-known-networks.ts';
import * as roles from './0005-roles.ts';
import * as sessionAuthority from './0006-session-authority.ts';
import * as linkTokens from './0007-link-tokens.ts';
import * as auditLog from './0010-audit-log.ts';
import * as nodes from './0020-nodes.ts';
import * as rateCounts from './0021-rate-counts.ts';
import * as userIdReservations from './0030-user-id-reservations.ts';
import * as userLists from './0040-user-lists.ts';
import * as activity from './0041-activity.ts';
import * as actingAdministrators from './0042-acting-administrators.ts';
import * as impersonatorSessions from './0050-impersonator-sessions.ts';
import * as liveSessions from './0054-live-sessions.ts';
import * as importedRefreshTokens from './0060-imported-refresh-tokens.ts';
import * as versions from './0064-versions.ts';
import * as unicodeDomains from './0065-unicode-domains.ts';
import * as permissionNames from './0068-permission-names.ts';
import * as deletedRoles from './0069-deleted-roles.ts';
import * as emailDomains from './0090-email-domains.ts';
import * as outbox from './0100-outbox.ts';
import * as flows from './0101-flows.ts';
import * as verifiedEmails from './0102-verified-emails.ts';
import * as emailFlows from './0113-email-flows.ts';
import * as formerEmails from './0114-former-emails.ts';
import * as flowReturnTo from './0117-flow-return-to.ts';
import * as flowsByEmail from './0118-flows-by-email.ts';
import * as notices from './0120-notices.ts';
import * as bounces from './0121-bounces.ts';
import * as userLocales from './0125-user-locales.ts';
import * as heldEmails from './0133-held-emails.ts';
import * as pinnedSettings from './0134-pinned-settings.ts';
import * as factors from './0150-factors.ts';
import * as unconfirmedApps from './0153-unconfirmed-apps.ts';
import * as passkeyUse from './0155-passkey-use.ts';
import * as passkeyUpgrades from './0156-passkey-upgrades.ts';
import * as factorResets from './0157-factor-resets.ts';
import * as givenEmails from './0158-given-emails.ts';
import * as givenFormerEmails from './0159-given-former-emails.ts';
import * as usersByAcr from './0160-users-by-acr.ts';

/**
 * Every migration, in order. Forward only; never edited once released. `latchkey migrate new NAME`
 * writes the next one and its line here.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-base': base,
  '0002-session-details': sessionDetails,
  '0003-signing-keys': signingKeys,
  '0004-known-networks': knownNetworks,
  '0005-roles': roles,
  '0006-session-authority': sessionAuthority,
  '0007-link-tokens': linkTokens,
  '0010-audit-log': auditLog,
  '0020-nodes': nodes,
  '0021-rate-counts': rateCounts,
  '0030-user-id-reservations': userIdReservations,
  '0040-user-lists': userLists,
  '0041-activity': activity,
  '0042-acting-administrators': actingAdministrators,
  '0050-impersonator-sessions': impersonatorSessions,
  '0054-live-sessions': liveSessions,
  '0060-imported-refresh-tokens': importedRefreshTokens,
  '0064-versions': versions,
  '0065-unicode-domains': unicodeDomains,
  '0068-permission-names': permissionNames,
  '0069-deleted-roles': deletedRoles,
  '0090-email-domains': emailDomains,
  '0100-outbox': outbox,
  '0101-flows': flows,
  '0102-verified-emails': verifiedEmails,
  '0113-email-flows': emailFlows,
  '0114-former-emails': formerEmails,
  '0117-flow-return-to': flowReturnTo,
  '0118-flows-by-email': flowsByEmail,
  '0120-notices': notices,
  '0121-bounces': bounces,
  '0125-user-locales': userLocales,
  '0133-held-emails': heldEmails,
  '0134-pinned-settings': pinnedSettings,
  '0150-factors': factors,
  '0153-unconfirmed-apps': unconfirmedApps,
  '0155-passkey-use': passkeyUse,
  '0156-passkey-upgrades': passkeyUpgrades,
  '0157-factor-resets': factorResets,
  '0158-given-emails': givenEmails,
  '0159-given-former-emails': givenFormerEmails,
  '0160-users-by-acr': usersByAcr,
};
