import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { type Answer, startServer } from '../harness.ts';

test('where too many wait to be hashed the others are told at once, and nobody else is slowed', async () => {
  await using server = await startServer({ realHashes: true });
  const { access_token: token } = await server.signUp();
  const more = 100;
  // As many as the queue takes, those that are hashed meanwhile, and some.
  const count = availableParallelism() * (128 + 1) + more;
  const inOrder: (number | 'me asked' | 'me answered')[] = [];
  const answers = await Promise.all([
    ...Array.from({ length: count }, async (_, n) => {
      const json = { email: `nobody${n}@example.com`, password: 'wrong' };
      const answer = await server.send('POST', '/api/login/', { json });
      inOrder.push(answer.status);
      if (answer.status !== 503 || inOrder.includes('me asked')) return [answer];
      inOrder.push('me asked'); // now, while the queue is full
      const me = await server.send('GET', '/api/me/', { token });
      inOrder.push('me answered');
      return [answer, me];
    }),
  ]);
  const all: Answer[] = answers.flat();
  const me = all.filter(({ status }) => status === 200);
  expect(me).toHaveLength(1);
  const refused = all.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  for (const { headers, body } of refused) {
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({ code: 'overloaded', status: 503 });
  }
  expect(all.filter(({ status }) => status === 401)).toHaveLength(count - refused.length);
  // Both came long before the queue was worked off.
  for (const event of [503, 'me answered'] as const) {
    const hashedLater = inOrder.slice(inOrder.lastIndexOf(event)).filter((s) => s === 401);
    expect(hashedLater.length).toBeGreaterThan(more);
  }
});
