import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';

/** Changing your email tells whether another one is taken: it counts as a registration does. */

const server = await startServer({
  trustedProxies: ['loopback'],
  pinned: { REGISTRATIONS_PER_NETWORK: 3, REGISTRATIONS_PER_ACCOUNT: 2 },
});
afterAll(() => server[Symbol.asyncDispose]());

let ips = 0;
function newIp(): string {
  ips += 1;
  return `198.51.100.${ips}`;
}

async function newUser() {
  ips += 1;
  const email = `profile${ips}@example.com`;
  const options = {
    json: { email, password: goodPassword },
    headers: { 'x-forwarded-for': newIp() },
  };
  await server.send('POST', '/api/register/', options);
  const token = (await server.send('POST', '/api/login/', options)).body.access_token as string;
  const change = async (json: object, from: string) => {
    const headers = { 'x-forwarded-for': from };
    const answer = await server.send('PATCH', '/api/me/', { token, json, headers });
    return [answer.status, Object.keys(json).filter((name) => name in answer.body)];
  };
  return { email, change };
}

const notAllowed = 'no spaces allowed';

test('by network, also beside a field that is bad', async () => {
  const [one, other] = [await newUser(), await newUser()];
  const from = newIp();
  const taken = { email: other.email, username: notAllowed };
  expect(await one.change(taken, from)).toEqual([400, ['email', 'username']]);
  const free = { email: 'free1@example.com', username: notAllowed };
  expect(await one.change(free, from)).toEqual([400, ['username']]);
  expect(await one.change({ email: 'free2@example.com' }, from)).toEqual([200, ['email']]);
  expect(await one.change({ email: 'free3@example.com' }, from)).toEqual([429, []]);
  expect(await one.change({ username: 'ada' }, from)).toEqual([200, ['username']]);
  const { status } = await server.send('POST', '/api/register/', {
    json: { email: 'free4@example.com', password: goodPassword },
    headers: { 'x-forwarded-for': from },
  });
  expect(status).toBe(429);
});

test('by email, from any user and network', async () => {
  const users = [await newUser(), await newUser(), await newUser()];
  const { email } = users[0] as { email: string };
  const answers = [];
  for (const { change } of users.slice(1)) answers.push(await change({ email }, newIp()));
  expect(answers).toEqual([
    [400, ['email']],
    [429, []],
  ]); // it was given once to register
  expect(await users[0]?.change({ email: email.toUpperCase() }, newIp())).toEqual([200, ['email']]);
});
