export {
  passkeySignInBody,
  passkeySignInLimits,
  passkeySignInRoutes,
} from './passkey-sign-in.routes.ts';
export {
  type PasskeySignInDeps,
  passkeySignInOptions,
  signInWithPasskey,
} from './passkey-sign-in.ts';
