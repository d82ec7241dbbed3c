/**
 * An error whose message is written for whoever runs the server: what is wrong and what to do. The
 * command line prints it as it is.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

/** An error in what the operator typed: a flag, a variable, a value of a setting. Exit status 2. */
export class InputError extends OperatorError {
  override readonly name: string = 'InputError';
}
