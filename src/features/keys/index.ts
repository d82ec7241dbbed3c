export { jwksRoute } from './jwks.routes.ts';
export { maintainKeys } from './maintain-keys.ts';
export {
  createSigningKeys,
  type KeyAlgorithm,
  type SigningKeys,
} from './signing-keys.ts';
