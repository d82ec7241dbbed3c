/**
 * An error whose message is written for whoever runs the server: what is wrong and what to do. The
 * command line prints it as it is.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}
