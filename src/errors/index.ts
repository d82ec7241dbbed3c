export {
  AppError,
  type AppErrorOptions,
  problemDocument,
  problemType,
} from './app-error.ts';
export { type EndCause, endCauseTable } from './end-causes.ts';
export {
  type ErrorCode,
  errorTable,
  type ProblemKind,
  problemKinds,
  refusedTokens,
} from './error-table.ts';
