export { mailRoutes } from './mail.admin-routes.ts';
export { listMails, mailJson, resendMail } from './mail-admin.ts';
export { mailTextRoutes } from './mail-texts.admin-routes.ts';
export { listMailTexts, readMailText, resetMailText, setMailText } from './mail-texts.ts';
