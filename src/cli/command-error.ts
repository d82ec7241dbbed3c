/** A command that could not do what it was asked. Exit status 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
