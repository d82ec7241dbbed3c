export { invitationAdminRoutes } from './invitations.admin-routes.ts';
export { invitationRoutes } from './invitations.routes.ts';
export { acceptInvitation, checkInvitation, inviteUser } from './invitations.ts';
