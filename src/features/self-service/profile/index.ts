export { changePasswordRoutes } from './change-password.routes.ts';
export { deleteAccountRoutes } from './delete-account.routes.ts';
export { exportRoutes } from './export.routes.ts';
export { profileRoutes } from './profile.routes.ts';
export { reauthenticationRoutes } from './reauthenticate.routes.ts';
