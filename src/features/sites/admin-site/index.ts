export {
  createSecondStepCookie,
  type WaitingStep,
} from './second-step-cookie.ts';
export { adminSessionCookie, adminSessionRoutes, signedInAdminSite } from './session.routes.ts';
export { adminSiteRoutes } from './site.routes.ts';
