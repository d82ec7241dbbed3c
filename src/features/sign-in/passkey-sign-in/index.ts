export {
  passkeySignInBody,
  passkeySignInLimits,
  passkeySignInRoutes,
} from './passkey-sign-in.routes.ts';
export { signInWithPasskey } from './passkey-sign-in.ts';
