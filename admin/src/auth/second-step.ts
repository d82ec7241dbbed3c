import { Problem } from '../api/problem.ts';

/** The second step of a sign-in: what the server says when a password was right, and is not enough. */

export type FactorKind = 'totp' | 'recovery_code' | 'passkey';

export interface SecondStep {
  readonly flow: string;
  readonly methods: readonly FactorKind[];
  /** For how many seconds the device can be remembered; 0: not at all. */
  readonly rememberSeconds: number;
}

/**
 * The second step that an error asks for; undefined: it is another error, or the server can check none of the user's
 * factors, and the error says what to do.
 */
export function secondStepOf(error: unknown): SecondStep | undefined {
  if (!(error instanceof Problem && error.code === 'second_factor_required')) return undefined;
  const { flow, remember_for } = error.document;
  const methods = error.document.methods as readonly FactorKind[];
  if (methods.length === 0) return undefined;
  return {
    flow: String(flow),
    methods,
    rememberSeconds: typeof remember_for === 'number' ? remember_for : 0,
  };
}

/** How many tries an error says are left; undefined: it does not say. */
export function triesLeftOf(error: unknown): number | undefined {
  const left = error instanceof Problem ? error.document.tries_left : undefined;
  return typeof left === 'number' ? left : undefined;
}
