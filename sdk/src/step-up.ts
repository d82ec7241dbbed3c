import { errorOf } from './errors.ts';

/** What a server wants before it does what was asked (RFC 9470). */
export interface StepUp {
  /**
   * How the user may prove who they are, the best first: `aal1` (password), `aal2` (second factor), `phr` (passkey).
   * Empty: the server does not say.
   */
  readonly acrValues: readonly string[];
  /** How many seconds ago that may have been; undefined: any time. */
  readonly maxAge: number | undefined;
}

/**
 * Lets the user prove who they are again, such as by `reauthenticate`. Afterwards the request is sent once more, unless
 * the answer is false. What it throws, the call throws.
 */
export type StepUpCallback = (stepUp: StepUp) => Promise<unknown>;

/** What an answer wants first; undefined: nothing of the kind. It is not read. */
export async function stepUpOf(response: Response): Promise<StepUp | undefined> {
  if (response.status !== 401) return undefined;
  const code = 'insufficient_user_authentication';
  // A page of another origin may not be let see the header; the body says the same, where the server is ours.
  const { problem } = await errorOf(response.clone());
  if (problem?.code === code) return wanted(problem.acr_values, problem.max_age);
  const header = response.headers.get('www-authenticate') ?? '';
  if (!header.includes(code)) return undefined;
  return wanted(/acr_values="([^"]*)/.exec(header)?.[1], /max_age="?(\d+)/.exec(header)?.[1]);
}

const wanted = (acrValues = '', maxAge?: string | number): StepUp => ({
  acrValues: acrValues.split(' ').filter(Boolean),
  maxAge: maxAge === undefined ? undefined : Number(maxAge),
});

/** Asks once for all requests that wait for the same. */
export function sharedStepUp(ask: StepUpCallback): StepUpCallback {
  const asking = new Map<string, Promise<unknown>>();
  return (stepUp) => {
    const key = JSON.stringify(stepUp);
    const asked = asking.get(key) ?? ask(stepUp).finally(() => asking.delete(key));
    asking.set(key, asked);
    return asked;
  };
}
