export { noteEmailChange, restoredBy, sweepFormerEmails, undoCode } from './email-changes.ts';
