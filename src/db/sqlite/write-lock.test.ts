import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WriteLock } from './write-lock.ts';

const soon = () => performance.now() + 20;
const late = () => performance.now() + 60_000;

test('one task has it at a time, in the order of arrival, whatever they do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ turns: fc.nat(4), throws: fc.boolean() }), { maxLength: 20 }),
      fc.scheduler(),
      async (tasks, scheduler) => {
        const lock = new WriteLock();
        const entered: number[] = [];
        let inside = 0;
        const done = tasks.map(async ({ turns, throws }, index) => {
          await lock.acquire(late());
          try {
            inside += 1;
            expect(inside).toBe(1);
            entered.push(index);
            for (let i = 0; i < turns; i += 1) await scheduler.schedule(Promise.resolve());
            if (throws) throw new Error('its own error');
          } finally {
            inside -= 1;
            lock.release();
          }
        });
        await scheduler.waitFor(Promise.allSettled(done));
        expect(entered).toEqual(tasks.map((_task, index) => index));
        expect(lock.held).toBe(false);
      },
    ),
  );
});

test('a task that waits too long is refused, and those behind it are served', async () => {
  const lock = new WriteLock();
  await lock.acquire(late());
  const impatient = lock.acquire(soon());
  const patient = lock.acquire(late());
  await expect(impatient).rejects.toMatchObject({ code: 'database_unavailable' });
  lock.release();
  await patient;
  expect(lock.held).toBe(true);
  lock.release();
  expect(lock.held).toBe(false);
});

test('a task that waits for itself is refused in the end, and holds nobody up', async () => {
  const lock = new WriteLock();
  await lock.acquire(late());
  await expect(lock.acquire(soon())).rejects.toMatchObject({ code: 'database_unavailable' });
  lock.release();
  await lock.acquire(soon());
});

test('closing serves waiting tasks and refuses later ones', async () => {
  const lock = new WriteLock();
  await lock.acquire(late());
  const waiting = lock.acquire(late());
  let isClosed = false;
  const closing = lock.close().then(() => {
    isClosed = true;
  });
  await expect(lock.acquire(late())).rejects.toMatchObject({ code: 'database_unavailable' });
  lock.release();
  await waiting;
  expect(isClosed).toBe(false);
  lock.release();
  await closing;
  await lock.close(); // again is as good as once
});

test('a second release is an error, and lets nobody in beside another', async () => {
  const lock = new WriteLock();
  await lock.acquire(late());
  lock.release();
  expect(() => lock.release()).toThrow('released twice');
});
