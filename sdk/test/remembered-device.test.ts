import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../test/authenticator.ts';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import { mailTo } from '../../test/mailed-codes.ts';
import {
  type DeviceTokens,
  type Latchkey,
  type LatchkeyOptions,
  memoryStorage,
  neededFactorOf,
  type SessionStorage,
  unwrap,
} from '../src/index.ts';
import { codeOf, createClient } from './clients.ts';

/** Devices on which users have asked not to be asked for their second factor. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: { MAIL_SIGN_IN: true, ACCESS_TOKEN_LIFETIME: 3_600 } });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Somebody with an app, and what their browser stores. */
async function person() {
  const user = await server.signUp();
  const { email, access_token: token } = user;
  // Of an email that is not proven, the first mailed code would drop the factor.
  const path = '/api/me/email-verification/';
  const { flow } = (await server.send('POST', path, { token })).body;
  const json = { flow, code: (await mailTo(server, email)).code };
  expect((await server.send('POST', `${path}confirm/`, { token, json })).status).toBe(200);
  const app = await addApp(server, user);
  const credentials = { email: user.email, password: goodPassword };
  return { user, app, credentials };
}
type Person = Awaited<ReturnType<typeof person>>;

/** A page that is opened again on the same device. */
const open = (storage: SessionStorage, options: LatchkeyOptions = {}) =>
  createClient(server, { storage, ...options });

async function rememberIn(storage: SessionStorage, { app, credentials }: Person, options = {}) {
  const { client } = open(storage, options);
  const needed = neededFactorOf(await client.signIn(credentials).catch((error) => error));
  if (!needed?.flow) throw new Error('No second factor is asked for.');
  expect(needed.rememberForSeconds).toBe(2_592_000);
  const { flow } = needed;
  const code = shownCode(server, app.secret);
  const session = await client.finishSignIn({ flow, code, remember: true });
  server.clock.advance(31_000);
  return { client, session };
}

const forgetAll = ({ api }: Latchkey) => unwrap(api.DELETE('/api/me/trusted-devices/'));

test('with `remember` the next sign-in of the email needs no factor, after a sign-out and in a new page', async () => {
  const owner = await person();
  const storage = memoryStorage();
  const { client, session } = await rememberIn(storage, owner);
  await client.signOut();
  const { email, password } = owner.credentials;
  for (const spelled of [email, email.toUpperCase()]) {
    const next = open(storage).client;
    expect(await next.signIn({ email: spelled, password })).toMatchObject({
      userId: owner.user.id,
    });
    server.clock.advance(31_000);
    await next.readProfile();
    await next.signOut();
  }
  // It is told to nobody but the storage.
  const { devices } = JSON.parse(String(await storage.read()));
  expect(devices).toEqual({ [email]: expect.stringMatching(/^[\w-]{43}$/) });
  expect(JSON.stringify([session, client])).not.toContain(devices[email]);
});

test('it is sent for its email alone, and each email has its own', async () => {
  const [one, other] = [await person(), await person()];
  const storage = memoryStorage();
  await rememberIn(storage, one);
  expect(await codeOf(open(storage).client.signIn(other.credentials))).toBe(
    'second_factor_required',
  );
  await rememberIn(storage, other);
  for (const { credentials } of [one, other]) {
    expect(await codeOf(open(storage).client.signIn(credentials))).toBe('no error');
  }
});

/** The flow of the factor that a sign-in is asked for. */
async function flowOf(signingIn: Promise<unknown>): Promise<string> {
  const needed = neededFactorOf(await signingIn.catch((error) => error));
  if (!needed?.flow) throw new Error('No second factor is asked for.');
  return needed.flow;
}

const factorOf = ({ app }: Person, flow: string) => ({
  ...{ flow, code: shownCode(server, app.secret), remember: true },
});

describe.each([
  ['beside the session', false],
  ['by the application', true],
])('each step in a page of its own, with the token kept %s', (_name, isOwn) => {
  /** A device, and under which emails it has tokens. */
  function device() {
    const storage = memoryStorage();
    const kept = new Map<string, string | undefined>();
    const deviceTokens: DeviceTokens = {
      read: (email) => kept.get(email),
      write: (token, email) => void kept.set(email, token),
    };
    const record = async () => JSON.parse(String(await storage.read()));
    return {
      record,
      page: () => open(storage, isOwn ? { deviceTokens } : {}).client,
      knownEmails: async () => (isOwn ? [...kept.keys()] : Object.keys((await record()).devices)),
    };
  }

  test('after a password: it is kept by the email of the first step', async () => {
    const owner = await person();
    const { page, record, knownEmails } = device();
    const { email, password } = owner.credentials;
    const flow = await flowOf(page().signIn({ email: email.toUpperCase(), password }));
    await page().finishSignIn(factorOf(owner, flow));
    expect(await knownEmails()).toEqual([email]);
    await page().signOut();
    // What was noted for it is no longer needed: the next user of the browser reads no email there.
    expect((await record()).emails).toBeUndefined();
    expect(await codeOf(page().signIn({ email, password }))).toBe('no error');
  });

  test('after a mailed code, and the next mailed code finds it', async () => {
    const owner = await person();
    const { email } = owner.user;
    const { page, knownEmails } = device();
    const mailed = async () => {
      const { flow } = await page().requestMailSignIn(email);
      return { flow, code: (await mailTo(server, email)).code };
    };
    const proof = await mailed();
    const flow = await flowOf(page().signIn(proof));
    await page().finishSignIn(factorOf(owner, flow));
    expect(await knownEmails()).toEqual([email]);
    const next = await mailed();
    expect(await codeOf(page().signIn(next))).toBe('no error');
  });

  test('two sign-ins that are mixed, also in one page: each token is kept by its own email', async () => {
    const [one, other] = [await person(), await person()];
    for (const isOnePage of [true, false]) {
      const { page, knownEmails } = device();
      const only = page();
      const next = () => (isOnePage ? only : page());
      const flow = await flowOf(next().signIn(one.credentials));
      const otherFlow = await flowOf(next().signIn(other.credentials));
      await next().finishSignIn(factorOf(one, flow));
      await next().finishSignIn(factorOf(other, otherFlow));
      const emails = [one.user.email, other.user.email];
      expect((await knownEmails()).toSorted()).toEqual(emails.toSorted());
      server.clock.advance(31_000);
      for (const { credentials } of [one, other]) {
        expect(await codeOf(next().signIn(credentials))).toBe('no error');
      }
    }
  });
});

test('sign-ins that were given up do not pile up in the storage', async () => {
  const owner = await person();
  const storage = memoryStorage();
  const flows: string[] = [];
  for (let tries = 0; tries < 18; tries += 1) {
    flows.push(await flowOf(open(storage).client.signIn(owner.credentials)));
  }
  const { emails } = JSON.parse(String(await storage.read()));
  expect(Object.keys(emails)).toEqual(flows.slice(-16).toReversed());
});

test('of many users of a device those are kept who were remembered last', async () => {
  const [owner, other] = [await person(), await person()];
  const storage = memoryStorage();
  const { client } = open(storage);
  const flows = [await flowOf(client.signIn(owner.credentials))];
  flows.push(await flowOf(client.signIn(owner.credentials)));
  for (const flow of flows) {
    const code = shownCode(server, owner.app.secret);
    await client.finishSignIn({ flow, code, remember: true });
    server.clock.advance(31_000);
    const record = JSON.parse(String(await storage.read()));
    if (flow === flows[1]) continue;
    // Fifteen others come in between.
    const others = Array.from({ length: 15 }, (_, index) => [`${index}@example.com`, 'token']);
    const devices = { ...Object.fromEntries(others), ...record.devices };
    await storage.write(JSON.stringify({ ...record, version: record.version + 1, devices }));
  }
  await rememberIn(storage, other);
  const kept = Object.keys(JSON.parse(String(await storage.read())).devices);
  expect(kept).toHaveLength(16);
  expect(kept.slice(0, 2)).toEqual([other.user.email, owner.user.email]);
  expect(await codeOf(open(storage).client.signIn(owner.credentials))).toBe('no error');
});

test('a mailed code is enough on it as well', async () => {
  const owner = await person();
  const { email } = owner.user;
  const storage = memoryStorage();
  await rememberIn(storage, owner);
  const signInByMail = async ({ client }: ReturnType<typeof open>) => {
    const { flow } = await client.requestMailSignIn(email);
    return codeOf(client.signIn({ flow, code: (await mailTo(server, email)).code }));
  };
  expect(await signInByMail(open(memoryStorage()))).toBe('second_factor_required');
  expect(await signInByMail(open(storage))).toBe('no error');
});

test('what the server knows no longer is cleared; what failed for another reason stays', async () => {
  const owner = await person();
  const storage = memoryStorage();
  const { client } = await rememberIn(storage, owner);
  const stored = async () => JSON.parse(String(await storage.read())).devices[owner.user.email];
  const wrong = { ...owner.credentials, password: 'another horse' };
  expect(await codeOf(open(storage).client.signIn(wrong))).toBe('invalid_credentials');
  const offline = { environment: { fetch: async () => Promise.reject(new TypeError('offline')) } };
  expect(await codeOf(open(storage, offline).client.signIn(owner.credentials))).toBe(
    'network_error',
  );
  expect(await stored()).toBeDefined();
  await forgetAll(client);
  const again = open(storage);
  expect(await codeOf(again.client.signIn(owner.credentials))).toBe('second_factor_required');
  expect(await stored()).toBeUndefined();
  // The session that was there before is there still.
  expect(await again.client.readProfile()).toMatchObject({ id: owner.user.id });
});

test('an application can keep it itself, and one that fails keeps nobody out', async () => {
  const owner = await person();
  const kept = new Map<string, string | undefined>();
  const deviceTokens: DeviceTokens = {
    read: (email) => kept.get(email),
    write: (token, email) => void kept.set(email, token),
  };
  const storage = memoryStorage();
  const { client } = await rememberIn(storage, owner, { deviceTokens });
  expect([...kept.keys()]).toEqual([owner.user.email]);
  expect(await storage.read()).not.toContain(kept.get(owner.user.email));
  // On a server each sign-in has a storage of its own.
  const elsewhere = open(memoryStorage(), { deviceTokens });
  expect(await codeOf(elsewhere.client.signIn(owner.credentials))).toBe('no error');
  // Or by hand, with neither.
  const byHand = { ...owner.credentials, device_token: kept.get(owner.user.email) ?? '' };
  expect(await codeOf(open(memoryStorage()).client.signIn(byHand))).toBe('no error');
  await forgetAll(client);
  expect(await codeOf(elsewhere.client.signIn(owner.credentials))).toBe('second_factor_required');
  expect([...kept.values()]).toEqual([undefined]);

  const fails = () => {
    throw new Error('full');
  };
  const failing = { deviceTokens: { read: fails, write: fails } };
  await rememberIn(memoryStorage(), owner, failing);
});
