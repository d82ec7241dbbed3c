export { registrationRoutes } from './registration.routes.ts';
export { register } from './registration.ts';
