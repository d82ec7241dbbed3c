import type { FastifyInstance } from 'fastify';
import { isMigrated, isWritable } from './db/readiness.ts';
import type { Deps } from './deps.ts';
import { mailRoutes, mailTextRoutes } from './features/administration/mail-admin/index.ts';
import { createActivity, overviewRoutes } from './features/administration/overview/index.ts';
import {
  impersonationRoutes,
  userActionRoutes,
  userExportRoutes,
  userFactorRoutes,
  userRoutes,
  userSessionRoutes,
} from './features/administration/user-admin/index.ts';
import { sweepFormerEmails } from './features/identity/email-changes/index.ts';
import { sweepFlows } from './features/identity/flows/index.ts';
import { createNotices, sweepNotices } from './features/identity/notices/index.ts';
import {
  createPasswordPolicy,
  createPasswords,
  type HashPool,
} from './features/identity/passwords/index.ts';
import {
  checkRoutes,
  createAuthority,
  createAuthorization,
  namesOfRequiringRoles,
  permissionRoutes,
  roleRoutes,
  sweepRoles,
  userPermissionRoutes,
} from './features/identity/roles/index.ts';
import {
  auditRoutes,
  createFailures,
  pruningWork,
  sealDepsOf,
  sealingWork,
  sealRest,
} from './features/platform/audit/index.ts';
import {
  createSigningKeys,
  jwksRoute,
  keyAdminRoutes,
  maintainKeys,
} from './features/platform/keys/index.ts';
import { createLimits, sweepRateCounts } from './features/platform/limits/index.ts';
import {
  createDelivery,
  createMail,
  createMailTexts,
  type DeliveryTimes,
  sweepOutbox,
} from './features/platform/mail/index.ts';
import {
  type NodeTimes,
  nodeRoutes,
  startBackgroundWork,
  startNode,
  sweepNodes,
} from './features/platform/nodes/index.ts';
import { settingsAdminRoutes } from './features/platform/settings-admin/index.ts';
import {
  emailVerificationRoutes,
  unsignedVerificationRoutes,
} from './features/self-service/email-verification/index.ts';
import {
  invitationAdminRoutes,
  invitationRoutes,
} from './features/self-service/invitations/index.ts';
import { notMeRoutes } from './features/self-service/not-me/index.ts';
import { passwordResetRoutes } from './features/self-service/password-reset/index.ts';
import {
  changePasswordRoutes,
  deleteAccountRoutes,
  emailChangeRoutes,
  exportRoutes,
  profileRoutes,
  reauthenticationRoutes,
} from './features/self-service/profile/index.ts';
import {
  registrationRoutes,
  verifiedRegistrationRoutes,
} from './features/self-service/registration/index.ts';
import { setupRoutes } from './features/self-service/setup/index.ts';
import {
  createFactorPolicy,
  doFactorResets,
  factorRoutes,
  passkeyRoutes,
  resealingApps,
  sweepChallenges,
  sweepTrustedDevices,
  sweepUnconfirmedApps,
  trustedDeviceRoutes,
  wellKnownPasskeyRoutes,
} from './features/sign-in/factors/index.ts';
import {
  enrolmentRoutes,
  loginRoutes,
  noteRequirement,
  secondFactorRoutes,
  sweepSignInFlows,
} from './features/sign-in/login/index.ts';
import { mailSignInRoutes } from './features/sign-in/mail-sign-in/index.ts';
import { passkeySignInRoutes } from './features/sign-in/passkey-sign-in/index.ts';
import {
  createAuthenticate,
  createRequireRecentAuth,
  createRequireSignedIn,
  createSessions,
  ownSessionRoutes,
  sessionRoutes,
  sweepImportedTokens,
  sweeping,
  sweepKnownNetworks,
  sweepSessions,
} from './features/sign-in/sessions/index.ts';
import { accountSiteRoutes, createAccountSession } from './features/sites/account-site/index.ts';
import { adminSessionRoutes, adminSiteRoutes } from './features/sites/admin-site/index.ts';
import { apiReferenceRoutes } from './http/api-reference.ts';
import { documentRoutes } from './http/document.ts';
import type { ExportTimes } from './http/export-stream.ts';
import { type CheckReadiness, healthRoutes } from './http/health.ts';
import { homePage } from './http/home-page.ts';
import { createOperations } from './http/operations.ts';
import { problemPages } from './http/problem-pages.ts';
import { publicUrlOf } from './http/public-url.ts';
import { createEdge, type EdgeOptions } from './http/server.ts';
import { whenAnswered } from './lib/answer.ts';

/** A server that is ready to listen. */
export interface App {
  readonly http: FastifyInstance;
  /** Health and metrics, for a listener of their own. */
  readonly operations: FastifyInstance;
  readonly checkReadiness: CheckReadiness;
  /** Answers 503 from now on; requests that are under way finish. */
  refuseNewRequests(): void;
  /** Ends what runs in the background, and the server. */
  close(): Promise<void>;
}

export interface AppOptions extends EdgeOptions {
  readonly nodeTimes?: NodeTimes | undefined;
  readonly exportTimes?: ExportTimes | undefined;
  readonly deliveryTimes?: DeliveryTimes | undefined;
  /** Threads that hash for more than one app: tests start a thousand. */
  readonly hashPool?: HashPool | undefined;
  /** Gets the HTTP server before its first route, to see each as it is added. */
  beforeRoutes?(app: FastifyInstance): Promise<void>;
}

/** The whole product: every feature's routes and background work, in one list. */
export async function buildApp(deps: Deps, options: AppOptions = {}): Promise<App> {
  const passwords = createPasswords({ ...deps, hashPool: options.hashPool });
  const passwordPolicy = createPasswordPolicy(deps);
  const keys = createSigningKeys({
    ...deps,
    secretKeys: [deps.secretKey, ...(deps.secretKeyFallbacks ?? [])],
  });
  const limits = createLimits(deps);
  const mailTexts = createMailTexts(deps.settings.texts, deps.addedMailTexts);
  const delivery = createDelivery({ ...deps, limits, mailTexts }, options.deliveryTimes);
  const mail = createMail({ ...deps, limits, mailTexts }, delivery.wake);
  const notices = createNotices({ ...deps, mail, limits, publicUrl: () => publicUrlOf(app, deps) });
  const failures = createFailures(deps);
  const sealDeps = sealDepsOf(deps);
  const authority = createAuthority(deps.database);
  const factorPolicy = createFactorPolicy(deps);
  const sessions = createSessions({ ...deps, keys, authority, factorPolicy });
  const accountSession = createAccountSession({ ...deps, sessions, notices });
  const authenticate = createAuthenticate({ ...deps, accessTokens: sessions.accessTokens });
  const authorization = createAuthorization(authority);
  const requireSignedIn = createRequireSignedIn(deps);
  const { exportTimes } = options;
  const exportDeps = { ...deps, authorization, requireSignedIn, exportTimes };
  const activity = createActivity(deps);
  const edge = createEdge(
    {
      ...deps,
      sync: () => whenAnswered(deps.settings.sync(), keys.sync),
      isInMaintenance: () =>
        whenAnswered(deps.settings.sync(), () => deps.settings.get('MAINTENANCE_MODE')),
      authenticate,
      authenticateBrowser: accountSession.authenticate,
      authorization,
      requireRecentAuth: createRequireRecentAuth(deps),
      count: limits.count,
    },
    options,
  );
  const { app } = edge;
  let isStopping = false;
  const checkReadiness: CheckReadiness = async () => {
    if (isStopping) return ['stopping'];
    if (!(await isMigrated(deps.database))) return ['migrations'];
    return (await isWritable(deps.database)) ? [] : ['writes'];
  };
  const operations = createOperations({ ...deps, checkReadiness });

  await options.beforeRoutes?.(app);
  jwksRoute(app, { keys });
  registrationRoutes(app, { ...deps, passwords, passwordPolicy, limits, mail });
  verifiedRegistrationRoutes(app, { ...deps, passwords, passwordPolicy, limits, mail });
  loginRoutes(app, { ...deps, passwords, sessions, notices, limits, failures });
  secondFactorRoutes(app, { ...deps, passwords, sessions, notices, limits, failures });
  enrolmentRoutes(app, { ...deps, passwords, sessions, notices, limits, failures });
  mailSignInRoutes(app, { ...deps, mail, sessions, notices, limits, failures });
  passkeySignInRoutes(app, { ...deps, sessions, notices, limits, failures });
  sessionRoutes(app, { ...deps, sessions, notices, limits });
  ownSessionRoutes(app, deps);
  factorRoutes(app, { ...deps, passwords, notices });
  trustedDeviceRoutes(app, deps);
  passkeyRoutes(app, { ...deps, passwords, notices, failures });
  wellKnownPasskeyRoutes(app, deps);
  profileRoutes(app, { ...deps, limits, mail, factorPolicy });
  emailChangeRoutes(app, { ...deps, passwords, limits, mail, failures });
  changePasswordRoutes(app, { ...deps, passwords, passwordPolicy, limits, failures, notices });
  reauthenticationRoutes(app, { ...deps, passwords, limits, failures, notices });
  exportRoutes(app, deps);
  deleteAccountRoutes(app, { ...deps, passwords, limits, failures, notices });
  invitationRoutes(app, { ...deps, passwords, passwordPolicy, limits });
  setupRoutes(app, { ...deps, passwords, passwordPolicy, limits });
  emailVerificationRoutes(app, { ...deps, mail, limits });
  unsignedVerificationRoutes(app, {
    ...{ ...deps, passwords, sessions, notices, limits, failures, mail },
  });
  passwordResetRoutes(app, {
    ...{ ...deps, mail, passwords, passwordPolicy, limits, notices, failures },
  });
  notMeRoutes(app, { ...deps, mail, limits });
  checkRoutes(app, { ...deps, authority, authenticate });
  permissionRoutes(app, deps);
  roleRoutes(app, deps);
  invitationAdminRoutes(app, { ...deps, mail });
  userPermissionRoutes(app, deps);
  mailRoutes(app, { ...deps, delivery, mailTexts });
  mailTextRoutes(app, { ...deps, mail, mailTexts });
  nodeRoutes(app, deps);
  userRoutes(app, { ...deps, passwords, passwordPolicy, authorization, notices });
  userActionRoutes(app, { ...deps, passwords, passwordPolicy, authorization, notices });
  userSessionRoutes(app, deps);
  userFactorRoutes(app, { ...deps, notices });
  userExportRoutes(app, exportDeps);
  impersonationRoutes(app, { ...deps, sessions, notices });
  overviewRoutes(app, { ...deps, activity, passwords });
  adminSessionRoutes(app, { ...deps, passwords, sessions, notices, limits, failures, authority });
  adminSiteRoutes(app);
  accountSiteRoutes(app, {
    ...{ ...deps, passwords, passwordPolicy, sessions, notices, limits, failures },
    ...{ mail, accountSession },
  });
  settingsAdminRoutes(app, { ...deps, requiringRoles: () => namesOfRequiringRoles(deps) });
  keyAdminRoutes(app, { ...deps, keys });
  auditRoutes(app, exportDeps);
  healthRoutes(app, checkReadiness);
  documentRoutes(app, deps);
  apiReferenceRoutes(app);
  homePage(app);
  problemPages(app);

  await app.ready();
  await operations.app.ready();
  await noteRequirement(deps);
  const sealing = await sealingWork(sealDeps);
  const node = await startNode(deps, options.nodeTimes); // last: from here on nothing fails, and would leave it running
  const works = [
    sweepNodes(deps),
    sweepRateCounts(deps),
    sweepOutbox(deps),
    sweepFlows(deps),
    sweepSignInFlows(deps),
    sweepFormerEmails(deps),
    sweepNotices(deps),
    sweepTrustedDevices(deps),
    doFactorResets({ ...deps, notices }),
    sweepRoles(deps),
    sweepUnconfirmedApps(deps),
    sweepChallenges(deps),
    resealingApps(deps),
    sweeping(deps, sweepSessions),
    sweeping(deps, sweepKnownNetworks),
    sweeping(deps, sweepImportedTokens),
    maintainKeys(keys),
    sealing,
    pruningWork({ ...deps, ...sealDeps }),
  ].map((work) => startBackgroundWork({ ...deps, node }, work));

  delivery.start();

  function refuseNewRequests(): void {
    isStopping = true;
    edge.refuseNewRequests();
  }

  return {
    http: app,
    operations: operations.app,
    checkReadiness,
    refuseNewRequests,
    async close() {
      refuseNewRequests();
      await Promise.all([edge.close(), ...works.map((work) => work.stop()), delivery.stop()]);
      await failures.stop();
      await sealRest({ ...deps, ...sealDeps });
      await limits.close();
      await activity.stop();
      await node.stop();
      await operations.close(); // last: until then it tells how the server is
      await passwords.close();
    },
  };
}
