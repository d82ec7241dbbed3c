export { mailRoutes } from './mail.admin-routes.ts';
export { listMails, mailJson, resendMail } from './mail-admin.ts';
