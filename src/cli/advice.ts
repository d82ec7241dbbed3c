import { OperatorError } from '../lib/operator-error.ts';

/** What the user of the command line can do about an error, by its code. Features know no commands. */
const advice: Readonly<Record<string, string>> = {
  no_such_user: 'See: latchkey users list',
  last_superuser:
    'Make another first: latchkey users promote EMAIL, or latchkey users create EMAIL --superuser',
  role_missing: 'Make it first: latchkey roles create NAME',
  several_models: 'Name it: --model',
  signed_with_secret: 'To replace the secret: latchkey secret rotate',
};

/** The text of an error, and what to do about it if there is advice. */
export function withAdvice(text: string, error: unknown): string {
  const next = error instanceof OperatorError && advice[error.code ?? ''];
  return next ? `${text} ${next}` : text;
}
