export { invitationAdminRoutes } from './invitations.admin-routes.ts';
export { invitationRoutes } from './invitations.routes.ts';
export { acceptInvitation, checkInvitation } from './invitations.ts';
