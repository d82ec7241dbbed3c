export { type BounceOutcome, noteBounce } from './bounces/bounces.ts';
export { createDelivery, type Delivery, type DeliveryTimes } from './deliver.ts';
export { createMail, createMailWriter, type Mail, type MailWriter } from './mail.ts';
export { checkAddedTexts, loadTextRules, missingTexts } from './messages/added-texts.ts';
export {
  type AddedTexts,
  createMailTexts,
  isTextName,
  locales,
  type MailTexts,
  type TextName,
  textNames,
} from './messages/mail-texts.ts';
export {
  type MessageKind,
  messageKinds,
  type NoticeKind,
  type NoticeParameters,
  sampleParameters,
} from './messages/messages.ts';
export {
  countPendingMails,
  dropPendingMails,
  findMail,
  findMails,
  type MailState,
  makeMailDue,
  type OutboxRow,
} from './outbox.queries.ts';
export { type NewMail, type ReadOptions, readMail, siteNameOf, UnreadableMail } from './outbox.ts';
export { kindsWithText, previewMail } from './preview.ts';
export { checkSmtpServer } from './smtp.ts';
export { sweepOutbox } from './sweep-outbox.ts';
