export { refusalReasons } from './check-record.ts';
export { type ImportSummary, importUsers, type LeftRow } from './import-users.ts';
