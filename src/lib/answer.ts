/**
 * A value that is there at once (embedded SQLite) or later (PostgreSQL). The hot paths use it so that they do not pay
 * for a promise, some microseconds a request, if there is nothing to wait for.
 */
export type Answer<T> = T | Promise<T>;

/** Goes on with `next` when the answer is there: at once if it already is. */
export function whenAnswered<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}
