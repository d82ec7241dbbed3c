export { applicantOf } from './applicant.ts';
export { registrationRoutes } from './registration.routes.ts';
export { register } from './registration.ts';
export { verifiedRegistrationRoutes } from './verified-registration.routes.ts';
export { beginRegistration, confirmRegistration } from './verified-registration.ts';
