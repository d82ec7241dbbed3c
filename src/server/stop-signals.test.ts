import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onStopSignal } from './stop-signals.ts';

/** The time between two signals is pretended here; `test/stop.test.ts` sends real ones to a real server. */

let signals: EventEmitter;
const stop = vi.fn(async () => undefined);
const stopAtOnce = vi.fn();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  signals = new EventEmitter();
  onStopSignal({ stop, stopAtOnce }, signals);
});
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

test('the same signal twice at once, as npm start sends it, is one', () => {
  signals.emit('SIGINT');
  vi.advanceTimersByTime(250);
  signals.emit('SIGINT');
  expect(stop.mock.calls).toEqual([['SIGINT']]);
  expect(stopAtOnce).not.toHaveBeenCalled();
});

test.each([
  ['the same one a moment later', 251, 'SIGINT'],
  ['another one', 0, 'SIGTERM'],
])('%s is obeyed at once', (_what, afterMs, second) => {
  signals.emit('SIGINT');
  vi.advanceTimersByTime(afterMs);
  signals.emit(second);
  expect(stop).toHaveBeenCalledTimes(1);
  expect(stopAtOnce).toHaveBeenCalledTimes(1);
});
