export { noteEmailChange, sweepFormerEmails, undoCode } from './email-changes.ts';
