export { noteEmailChange, sweepFormerEmails } from './email-changes.ts';
