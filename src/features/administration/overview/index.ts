export { createActivity } from './activity.ts';
export { overviewRoutes } from './overview.admin-routes.ts';
