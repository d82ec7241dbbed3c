export { createDelivery, type Delivery, type DeliveryTimes } from './deliver.ts';
export { createMail, type Mail } from './mail.ts';
export { locales } from './messages/texts.ts';
export {
  countPendingMails,
  findMail,
  findMails,
  type MailState,
  makeMailDue,
  type OutboxRow,
} from './outbox.queries.ts';
export { type NewMail, type ReadOptions, readMail, UnreadableMail } from './outbox.ts';
export { checkSmtpServer } from './smtp.ts';
export { sweepOutbox } from './sweep-outbox.ts';
