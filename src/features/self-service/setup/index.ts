export { requireFromHere } from './from-here.routes.ts';
export { setupRoutes } from './setup.routes.ts';
export { checkSetupLink, issueSetupToken, setUp, setupUrl } from './setup.ts';
