import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatcher } from './batcher.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('every call is answered once, with its own output, in order, one batch at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.record({ turnsBefore: fc.nat(2), fails: fc.boolean() }), { maxLength: 40 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
      async (maxBatch, calls, turnsOfBatch) => {
        const ran: number[][] = [];
        let underWay = 0;
        const submit = createBatcher<number, string>({
          maxBatch,
          maxWaiting: 1_000,
          async run(inputs) {
            underWay += 1;
            expect(underWay).toBe(1);
            const turns = turnsOfBatch[ran.length % turnsOfBatch.length] as number;
            ran.push([...inputs]);
            for (let i = 0; i < turns; i += 1) await turn();
            underWay -= 1;
            if (inputs.some((input) => calls[input]?.fails)) throw new Error(`batch ${inputs}`);
            return inputs.map((input) => `out ${input}`);
          },
        });
        const answers: Promise<string>[] = [];
        for (const [index, { turnsBefore }] of calls.entries()) {
          for (let i = 0; i < turnsBefore; i += 1) await turn();
          const answer = submit(index);
          answer.catch(() => undefined);
          answers.push(answer);
        }
        const settled = await Promise.allSettled(answers);

        expect(ran.flat()).toEqual(calls.map((_call, index) => index));
        expect(Math.max(0, ...ran.map((batch) => batch.length))).toBeLessThanOrEqual(maxBatch);
        for (const batch of ran) {
          const fails = batch.some((input) => calls[input]?.fails);
          for (const input of batch) {
            expect(settled[input]).toEqual(
              fails
                ? { status: 'rejected', reason: new Error(`batch ${batch}`) }
                : { status: 'fulfilled', value: `out ${input}` },
            );
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('calls of one turn share a batch', async () => {
  const sizes: number[] = [];
  const submit = createBatcher<number, number>({
    run: (inputs) => inputs,
    maxBatch: 100,
    maxWaiting: 100,
    onBatch: (size) => sizes.push(size),
  });
  await Promise.all([1, 2, 3].map(submit));
  await submit(4);
  expect(sizes).toEqual([3, 1]);
});

test('a batch that throws at once, or its observer, fails its calls and no other', async () => {
  let problem: 'run' | 'onBatch' | undefined = 'run';
  const submit = createBatcher<number, number>({
    run(inputs) {
      if (problem === 'run') throw new Error('run');
      return inputs;
    },
    maxBatch: 10,
    maxWaiting: 10,
    onBatch() {
      if (problem === 'onBatch') throw new Error('onBatch');
    },
  });
  await expect(Promise.all([submit(1), submit(2)])).rejects.toThrow('run');
  problem = 'onBatch';
  await expect(submit(3)).rejects.toThrow('onBatch');
  problem = undefined;
  await expect(submit(4)).resolves.toBe(4);
});

test('a batch that leaves calls without an answer fails them', async () => {
  const submit = createBatcher<number, number>({
    run: (inputs) => inputs.slice(1),
    maxBatch: 10,
    maxWaiting: 10,
  });
  await expect(Promise.all([submit(1), submit(2)])).rejects.toThrow('must answer each');
});

test('one call more than may wait is refused, and the others are not', async () => {
  const submit = createBatcher<number, number>({
    run: (inputs) => inputs,
    maxBatch: 1,
    maxWaiting: 2,
  });
  const accepted = [submit(1), submit(2)];
  await expect(submit(3)).rejects.toMatchObject({ code: 'overloaded' });
  await expect(Promise.all(accepted)).resolves.toEqual([1, 2]);
});
