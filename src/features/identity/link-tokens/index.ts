export {
  checkToken,
  issueToken,
  newToken,
  sentTokenHash,
  tokenField,
  useToken,
  voidToken,
} from './link-tokens.ts';
