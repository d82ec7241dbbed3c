export { changeFields } from './setting-schemas.ts';
export { changerOf, settingsAdminRoutes } from './settings.admin-routes.ts';
export { auditedChange } from './settings-admin.ts';
