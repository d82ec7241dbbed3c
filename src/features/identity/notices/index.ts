export {
  createNotices,
  type Notices,
  noNotices,
  takeNotice,
  tryNotice,
  type UsedNotice,
  voidNotices,
} from './notices.ts';
export { sweepNotices } from './sweep-notices.ts';
