export { notMeRoutes } from './not-me.routes.ts';
