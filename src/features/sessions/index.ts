export { createAuthenticate } from './authenticate.ts';
export { ownSessionRoutes } from './own-sessions.routes.ts';
export { sessionOriginOf } from './session-origin.ts';
export type { SessionOrigin } from './sessions.queries.ts';
export { countLiveSessions, endUserSessions, findSessionsOfUser } from './sessions.queries.ts';
export { sessionRoutes } from './sessions.routes.ts';
export { createSessions, type Sessions, type TokenPair } from './sessions.ts';
export { startSweeping } from './sweep-sessions.ts';
