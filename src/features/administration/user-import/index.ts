export { refusalReasons } from './check-record.ts';
export { type ImportSummary, importUsers } from './import-users.ts';
export type { LeftRow } from './split-known.ts';
