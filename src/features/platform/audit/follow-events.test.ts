import { expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { startServer } from '../../../../test/harness.ts';

test('a reader who follows by sequence gets every event once, in the order of the chain', async () => {
  await using server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  const { access_token: token } = await server.signUpAdmin('superuser');
  const ask = (query: string) => server.send('GET', `/api/admin/audit/?${query}`, { token });
  const got: { id: number; sequence: number }[] = [];
  const follow = async () => {
    const { body } = await ask(`after=${got.at(-1)?.sequence ?? 0}&limit=2`);
    got.push(...body.items);
  };
  for (let n = 0; n < 5; n += 1) {
    await server.signUp();
    const json = { email: 'nobody@example.com', password: 'wrong' };
    await server.send('POST', '/api/login/', { json }); // recorded late, with an earlier time
    await follow();
  }
  await until(async () => {
    await follow();
    const { body } = await ask('limit=200');
    return (
      body.items.every((event: { sequence: unknown }) => event.sequence !== null) &&
      got.length === body.items.length
    );
  });
  expect(got.map(({ sequence }) => sequence)).toEqual(got.map((_, index) => index + 1));
  expect(new Set(got.map(({ id }) => id)).size).toBe(got.length);
  for (const query of ['after=1&kind=session.started', 'after=1&cursor=x', 'after=-1', 'after=x']) {
    expect([query, (await ask(query)).status]).toEqual([query, 400]);
  }
});
