export { type Actor, actorOf, anonymousActor } from './actor.ts';
export { auditKind, auditKindNames } from './kinds.ts';
export { type AuditEvent, maxListLength, record } from './record.ts';
