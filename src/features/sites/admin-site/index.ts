export { adminSessionCookie, adminSessionRoutes } from './session.routes.ts';
export { adminSiteRoutes } from './site.routes.ts';
