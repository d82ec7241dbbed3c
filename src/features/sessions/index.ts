export { type Authenticate, createAuthenticate, type Principal } from './authenticate.ts';
export { endUserSessions } from './sessions.queries.ts';
export { sessionRoutes } from './sessions.routes.ts';
export { createSessions, type Sessions, type TokenPair } from './sessions.ts';
export { startSweeping } from './sweep-sessions.ts';
