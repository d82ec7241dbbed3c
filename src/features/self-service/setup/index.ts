export { setupRoutes } from './setup.routes.ts';
export { issueSetupToken, setupUrl } from './setup.ts';
