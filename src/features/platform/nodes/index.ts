export { type BackgroundWork, runAsLeader, startBackgroundWork } from './background-work.ts';
export { listNodes, sweepNodes } from './list-nodes.ts';
export { type NodeTimes, startNode } from './node.ts';
export { nodeJson, nodeRoutes } from './nodes.admin-routes.ts';
export { sweepExpired } from './sweep-expired.ts';
