import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFairQueue } from './fair-queue.ts';

/** Adds so many items of one account in one network, and gives what was dropped. */
function add(
  queue: ReturnType<typeof createFairQueue<string>>,
  count: number,
  network: string,
  account: (index: number) => string,
): string[] {
  return Array.from({ length: count }, (_, index) =>
    queue.push(`${network} ${account(index)}`, [`network ${network}`, `account ${account(index)}`]),
  ).filter((dropped) => dropped !== undefined);
}

/** How many items are taken until one is of a network or an account. */
function turnsUntil(queue: ReturnType<typeof createFairQueue<string>>, word: string): number {
  for (let turn = 1; ; turn += 1) {
    const item = queue.take();
    if (item === undefined) throw new Error(`${word} never had a turn`);
    if (item.split(' ').includes(word)) return turn;
  }
}

test('items of one account come in their order', () => {
  const queue = createFairQueue<number>(100);
  for (let i = 0; i < 20; i += 1) queue.push(i, ['network', 'account']);
  expect(Array.from({ length: 20 }, () => queue.take())).toEqual([...Array(20).keys()]);
  expect(queue.take()).toBe(undefined);
});

test('somebody new is next, however many others wait and were served', () => {
  const queue = createFairQueue<string>(1_000);
  add(queue, 400, 'attack', () => 'mallory');
  for (let i = 0; i < 100; i += 1) queue.take();
  add(queue, 1, 'home', () => 'ada');
  expect(turnsUntil(queue, 'ada')).toBe(1);
});

test('a neighbour of a flood is next too, and one whose account is flooded from many networks is not', () => {
  const queue = createFairQueue<string>(1_000);
  add(queue, 400, 'office', () => 'mallory');
  for (let i = 0; i < 200; i += 1) add(queue, 1, `bot${i}`, () => 'mallory');
  for (let i = 0; i < 100; i += 1) queue.take();
  add(queue, 1, 'office', () => 'ada');
  add(queue, 1, 'home', () => 'grace');
  expect([queue.take(), queue.take()].sort()).toEqual(['home grace', 'office ada']);
  add(queue, 1, 'elsewhere', () => 'mallory');
  expect(turnsUntil(queue, 'elsewhere')).toBeGreaterThan(100);
});

test('two networks take turns, whatever the number of their accounts', () => {
  const queue = createFairQueue<string>(1_000);
  add(queue, 100, 'large', (index) => `a${index}`);
  add(queue, 10, 'small', (index) => `b${index}`);
  const first = Array.from({ length: 20 }, () => queue.take()?.split(' ')[0]);
  expect(first.filter((network) => network === 'small')).toHaveLength(10);
});

test('past the limit the party with the most waiting items gives way, and nobody else', () => {
  const queue = createFairQueue<string>(100);
  expect(add(queue, 100, 'attack', () => 'mallory')).toEqual([]);
  expect(add(queue, 20, 'home', (index) => `ada${index}`)).toEqual(
    Array(20).fill('attack mallory'),
  );
  expect(add(queue, 1, 'attack', () => 'mallory')).toEqual(['attack mallory']);
  expect(queue.size).toBe(100);
  expect(queue.clear()).toHaveLength(100);
  expect(queue.size).toBe(0);
});

test('nobody waits for ever while others keep coming', () => {
  const queue = createFairQueue<string>(100);
  add(queue, 2, 'home', () => 'ada');
  queue.take(); // she had her turn; her second item waits while new people come
  for (let i = 0; i < 5; i += 1) add(queue, 1, `network${i}`, () => `user${i}`);
  for (let i = 5; i < 50; i += 1) {
    add(queue, 1, `network${i}`, () => `user${i}`);
    if (queue.take() === 'home ada') return;
  }
  throw new Error('ada never had her second turn');
});

test('whatever comes in whatever order: each item is taken or dropped once, and the limit holds', () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.tuple(fc.nat(3), fc.nat(5))), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (script) => {
      const queue = createFairQueue<number>(10);
      const seen: number[] = [];
      let next = 0;
      for (const step of script) {
        const out = step === 'take' ? queue.take() : queue.push(next++, step.map(String));
        if (out !== undefined) seen.push(out);
        expect(queue.size).toBeLessThanOrEqual(10);
      }
      seen.push(...queue.clear());
      expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(next).keys()]);
    }),
  );
});
