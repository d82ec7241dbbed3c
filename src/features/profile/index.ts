export { changePasswordRoutes } from './change-password.routes.ts';
export { profileRoutes } from './profile.routes.ts';
