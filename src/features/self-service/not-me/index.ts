export type { UsedNotice } from '../../identity/notices/index.ts';
export { notMeRoutes } from './not-me.routes.ts';
export { carryOut, checkReport } from './not-me.ts';
