export { settingsAdminRoutes } from './settings.admin-routes.ts';
export { auditedChange } from './settings-admin.ts';
