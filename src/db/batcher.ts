import { AppError } from '../errors/index.ts';

interface Waiting<In, Out> {
  readonly input: In;
  readonly resolve: (output: Out) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherOptions<In, Out> {
  /** Handles the inputs of one batch and gives one output for each, in their order. */
  run(inputs: readonly In[]): Promise<readonly Out[]> | readonly Out[];
  /** The most inputs that one batch takes. */
  maxBatch: number;
  /** The most inputs that wait; one more is refused with `overloaded`. */
  maxWaiting: number;
  /** Told the size of each batch before it runs. */
  onBatch?(size: number): void;
}

/**
 * Group commit: calls that arrive in one turn of the event loop, or while a batch is under way,
 * share the next batch, so that the sync of the disk (or the round trip) is paid once for all of
 * them. Each call is answered after its batch is done.
 */
export function createBatcher<In, Out>(options: BatcherOptions<In, Out>) {
  const waiting: Waiting<In, Out>[] = [];
  let busy = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, options.maxBatch);
      try {
        options.onBatch?.(batch.length);
        const outputs = await options.run(batch.map((call) => call.input));
        if (outputs.length !== batch.length)
          throw new Error('A batch must answer each of its calls.');
        batch.forEach((call, index) => {
          call.resolve(outputs[index] as Out);
        });
      } catch (error) {
        for (const call of batch) call.reject(error);
      }
    }
    busy = false;
  }

  return function submit(input: In): Promise<Out> {
    if (waiting.length >= options.maxWaiting) {
      return Promise.reject(new AppError('overloaded', { headers: { 'retry-after': '1' } }));
    }
    return new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (busy) return;
      busy = true;
      // The end of this turn: by this time every request that the same poll brought is in the batch.
      setImmediate(drain);
    });
  };
}
