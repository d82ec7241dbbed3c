interface OperatorErrorOptions extends ErrorOptions {
  /** For errors of features: `cli/advice.ts` says what the user of the command line can do about it. */
  readonly code?: string;
}

/** An error whose message is written for the operator of the server. The command line prints it. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
  readonly code: string | undefined;

  constructor(message: string, { code, ...options }: OperatorErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** An error in what the operator typed: a flag, a variable, a value of a setting. Exit status 2. */
export class InputError extends OperatorError {
  override readonly name: string = 'InputError';
}
