export { jwksRoute } from './jwks.routes.ts';
export { keyAdminRoutes } from './keys.admin-routes.ts';
export { maintainKeys } from './maintain-keys.ts';
export {
  createSigningKeys,
  type KeyAlgorithm,
  type SigningKeys,
} from './signing-keys.ts';
export { startNextKey } from './start-next-key.ts';
