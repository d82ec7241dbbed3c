export { type Actor, actorOf, actorText, anonymousActor } from './actor.ts';
export { auditRoutes } from './audit.admin-routes.ts';
export { pruningWork, sealDepsOf, sealingWork, sealRest } from './audit-work.ts';
export { createFailures, type Failures } from './failures.ts';
export { auditKind, auditKindNames } from './kinds.ts';
export { type AuditEvent, maxListLength, record } from './record.ts';
