import { InputError, OperatorError } from '../lib/operator-error.ts';

/** Errors that a command reports to its user. */
export const exitStatus = { ok: 0, failed: 1, usage: 2, tryLater: 75 } as const;

/** A command that could not do what it was asked. Exit status 1. */
export class CommandError extends OperatorError {
  override readonly name: string = 'CommandError';
}

/** A command that could not do it now; try again (EX_TEMPFAIL of sysexits.h). Exit status 75. */
export class TryLater extends OperatorError {
  override readonly name = 'TryLater';
}

/** A command line that asks for what cannot be. Exit status 2. */
export class UsageError extends InputError {
  override readonly name = 'UsageError';
}
