export { checkToken, issueToken, tokenField, useToken, voidToken } from './link-tokens.ts';
