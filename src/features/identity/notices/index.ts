export {
  createNotices,
  type Notices,
  noNotices,
  type SentReport,
  takeNotice,
  tryNotice,
  type UsedNotice,
  voidNotices,
} from './notices.ts';
export { sweepNotices } from './sweep-notices.ts';
