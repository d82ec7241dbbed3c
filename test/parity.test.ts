import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { judge } from '../bench/parity/judge.ts';
import { takeSamples, type Way, type WaySamples } from '../bench/parity/samples.ts';
import { correctForMany, signedRankP } from '../bench/parity/statistics.ts';

/** `npm run bench -- parity`: that it fails where it has to, and only there. */

const thresholdMicros = 100;

describe('the statistic', () => {
  test('has the p-values of the textbook', () => {
    expect(signedRankP([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBeCloseTo(0.005922, 5);
    expect(signedRankP([1, 2, 3, 4, 5, -6, -7, 8, 9, 10])).toBeCloseTo(0.153576, 5);
    expect(signedRankP([1, -1, 1, -1, 1, -1])).toBe(1);
    expect(signedRankP([0, 0])).toBe(1);
    expect(correctForMany([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  /** Numbers that are the same in every run (mulberry32), so that nothing here hangs on luck. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** Times as a busy machine gives them: they drift together, and have a long tail. */
  function made(count: number, shiftMs: number): Map<Way, WaySamples> {
    const next = random(7);
    const drift = Array.from({ length: count }, (_, round) => 30 + 5 * Math.sin(round / 200));
    const times = (shift: number) =>
      drift.map((base) => base + shift - Math.log(1 - next()) * (next() < 0.05 ? 10 : 1));
    const answers = new Set(['']);
    return new Map([
      [
        { name: 'reference', requests: [] },
        { times: times(0), answers },
      ],
      [
        { name: 'equal', requests: [] },
        { times: times(0), answers },
      ],
      [
        { name: 'shifted', requests: [] },
        { times: times(shiftMs), answers },
      ],
    ]);
  }

  test.each([
    ['a return that is 0.3 ms early', 3_000, -0.3, [true, false]],
    ['one that is 0.3 ms late', 3_000, 0.3, [true, false]],
    ['no difference', 3_000, 0, [true, true]],
    ['a difference that is certain, and too small to be of use', 30_000, 0.05, [true, true]],
  ])('tells %s', (_name, count, shiftMs, met) => {
    const { findings } = judge(made(count, shiftMs), thresholdMicros);
    expect(findings.map(({ isMet }) => isMet)).toEqual(met);
    if (shiftMs !== 0) expect(findings[1]?.p).toBeLessThan(1e-6);
  });
});

describe('a server', () => {
  const way = (name: string): Way => ({
    name,
    requests: [`GET /${name} HTTP/1.1\r\nhost: x\r\n\r\n`],
  });

  async function verdictOf(answer: RequestListener, rounds: number) {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ways = [way('wrong'), way('unknown')];
    const samples = await takeSamples(ways, { port, rounds, warmUp: 2 });
    server.close();
    return judge(samples, thresholdMicros).findings[0];
  }

  test('that returns early for what it does not know fails', async () => {
    const finding = await verdictOf((request, response) => {
      const refuse = () => response.end('{"request_id":"1"}');
      if (request.url === '/unknown') refuse();
      else setTimeout(refuse, 10);
    }, 40);
    expect(finding).toMatchObject({ hasSameAnswer: true, isMet: false });
    expect(finding?.differenceMicros).toBeLessThan(0);
  });

  test.each<[string, RequestListener]>([
    ['body', (request, response) => response.end(request.url)],
    [
      'status',
      ({ url }, response) => {
        response.statusCode = url === '/wrong' ? 401 : 404;
        response.end('x');
      },
    ],
    ['header', ({ url }, response) => response.setHeader(`x-${url?.slice(1)}`, '1').end('x')],
  ])('that answers with another %s fails', async (_name, answer) => {
    expect(await verdictOf(answer, 3)).toMatchObject({ hasSameAnswer: false, isMet: false });
  });

  test('may number its requests', async () => {
    let count = 0;
    const answer: RequestListener = (_request, response) => {
      count += 1;
      response.end(`{"request_id":"${count}"}`);
    };
    expect(await verdictOf(answer, 3)).toMatchObject({ hasSameAnswer: true });
  });
});

test('our own answers are the same in every way of being refused', async () => {
  // So few rounds that no time could count: the smallest p-value that they can have is above 0.01.
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['bench/main.ts', 'parity', '--samples', '6', '--json'],
  ]);
  const alike = (...names: string[]) =>
    names.map((name) => ({ name, hasSameAnswer: true, isMet: true, p: expect.any(Number) }));
  expect(JSON.parse(stdout).endpoints).toMatchObject([
    {
      endpoint: 'POST /api/login/',
      reference: 'wrong password',
      findings: alike(
        'wrong password, once more',
        'unknown email',
        'account without a password',
        'deactivated account',
        'deactivated account, right password',
      ),
    },
    ...['POST /api/password-reset/', 'POST /api/login/mail/'].map((endpoint) => ({
      endpoint,
      reference: 'an account',
      findings: alike(
        'an account, once more',
        'unknown email',
        'account without a password',
        'deactivated account',
      ),
    })),
    {
      endpoint: 'POST /api/registrations/',
      reference: 'a new email',
      findings: alike(
        'a new email, once more',
        'an account',
        'account without a password',
        'deactivated account',
      ),
    },
  ]);
});
