export { checkToken, issueToken, tokenField, useToken, voidToken } from './one-time-tokens.ts';
