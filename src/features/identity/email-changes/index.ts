export { noteEmailChange, restoredBy, sweepFormerEmails } from './email-changes.ts';
