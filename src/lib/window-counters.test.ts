import { expect, test } from 'vitest';
import { createWindowCounters } from './window-counters.ts';

const windowMs = 60_000;

function counters(maxKeys = 1_000) {
  const time = { nowMs: 1_000_000 };
  const clock = { nowMs: () => time.nowMs };
  return { time, counters: createWindowCounters<string>({ clock, windowMs, maxKeys }) };
}

test('counts what is allowed, then says when the window ends, and begins the next one after it', () => {
  const { time, counters: c } = counters();
  expect(c.look('a')).toEqual({ events: 0, endsInMs: 0 });
  expect(c.count('a', 2)).toBeUndefined();
  time.nowMs += 10_000;
  expect(c.count('a', 2)).toBeUndefined();
  expect(c.look('a')).toEqual({ events: 2, endsInMs: 50_000 });
  expect(c.count('a', 2)).toBe(50_000);
  expect(c.count('b', 2)).toBeUndefined();
  expect(c.count('a', 3)).toBeUndefined(); // more are allowed now
  time.nowMs += 49_999;
  expect(c.count('a', 3)).toBe(1);
  time.nowMs += 1;
  expect(c.look('a').events).toBe(0);
  expect([c.count('a', 1), c.count('a', 1)]).toEqual([undefined, windowMs]);
});

test('forgets what was counted for one key', () => {
  const { counters: c } = counters();
  for (const key of ['a', 'b']) c.count(key, 1);
  c.forget('a');
  c.forget('never seen');
  expect([c.count('a', 1), c.count('b', 1)]).toEqual([undefined, windowMs]);
});

test('a clock that is set back keeps nobody out for longer than a window', () => {
  const { time, counters: c } = counters();
  c.count('a', 1);
  time.nowMs -= windowMs * 100;
  expect(c.count('a', 1)).toBeUndefined();
});

test('of more keys than are remembered, those are forgotten that did not come again', () => {
  const { counters: c } = counters(100);
  c.count('busy', 1);
  c.count('idle', 1);
  for (let i = 0; i < 1_000; i += 1) {
    c.count(`other ${i}`, 1);
    expect(c.count('busy', 1)).toBe(windowMs);
  }
  expect(c.count('idle', 1)).toBeUndefined();
});
