import type { FastifyInstance } from 'fastify';
import { AppError } from '../../../errors/index.ts';
import { authenticatorAppPage } from './authenticator-app.pages.ts';
import { createBrandFiles } from './brand.ts';
import { confirmPage } from './confirm.pages.ts';
import { dataPages } from './data.pages.ts';
import type { AccountSiteDeps } from './deps.ts';
import { emailPages } from './email.pages.ts';
import { enrolmentPage } from './enrolment.pages.ts';
import { factorPages } from './factors.pages.ts';
import { invitationPage } from './invitation.pages.ts';
import { mailSignInPages } from './mail-sign-in.pages.ts';
import { notMePage } from './not-me.pages.ts';
import { overviewPage } from './overview.pages.ts';
import { passkeyPages } from './passkey.pages.ts';
import { passwordPage } from './password.pages.ts';
import { profilePage } from './profile.pages.ts';
import { provePage } from './prove.pages.ts';
import { recoveryCodesPages } from './recovery-codes.pages.ts';
import { resetPages } from './reset.pages.ts';
import { secondFactorPage } from './second-factor.pages.ts';
import { securityPage } from './security.pages.ts';
import { sessionsPage } from './sessions.pages.ts';
import { setupPage } from './setup.pages.ts';
import { signInPages } from './sign-in.pages.ts';
import { signUpPage } from './sign-up.pages.ts';
import { createAccountSite } from './site.pages.ts';
import { createSiteFiles } from './site-files.ts';
import { undoPages } from './undo.pages.ts';
import { verifyPages } from './verify.pages.ts';

/** Every page of the account site, in one list, and the files that they load. */
export function accountSiteRoutes(app: FastifyInstance, deps: AccountSiteDeps): void {
  const files = createSiteFiles();
  const brand = createBrandFiles(deps);
  const site = createAccountSite(app, deps, { files, brand: brand.current });
  overviewPage(site, deps);
  signInPages(site, deps);
  secondFactorPage(site, deps);
  enrolmentPage(site, deps);
  signUpPage(site, deps);
  profilePage(site, deps);
  passwordPage(site, deps);
  confirmPage(site, deps);
  securityPage(site, deps);
  authenticatorAppPage(site, deps);
  passkeyPages(site, deps);
  recoveryCodesPages(site, deps);
  factorPages(site, deps);
  sessionsPage(site, deps);
  dataPages(site, deps);
  resetPages(site, deps);
  verifyPages(site, deps);
  provePage(site, deps);
  emailPages(site, deps);
  undoPages(site, deps);
  mailSignInPages(site, deps);
  notMePage(site, deps);
  invitationPage(site, deps);
  setupPage(site, deps);
  site.answerOtherPaths();

  const config = { auth: { kind: 'public' } } as const;
  const schema = { hide: true };
  for (const [path, find] of [
    ['assets', files.find],
    ['brand', brand.find],
  ] as const) {
    app.route({
      method: 'GET',
      url: `/account/${path}/:name`,
      config,
      schema,
      handler: async (request, reply) => {
        const content = find((request.params as { name: string }).name);
        if (!content) throw new AppError('not_found');
        return content.answer(request, reply);
      },
    });
  }
  // W3C "A Well-Known URL for Changing Passwords".
  app.route({
    method: 'GET',
    url: '/.well-known/change-password',
    config,
    schema,
    handler: (_request, reply) => reply.redirect('../account/password/', 303),
  });
}
