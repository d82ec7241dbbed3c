import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openBrowser } from '../../../test/browser/browser.ts';
import { waitingEnrolment } from '../../../test/enrolment.ts';
import { eventually, until } from '../../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../../test/harness.ts';
import { bundlePasskeys, bundleStandalone } from '../../tools/build.ts';

/** The functions for passkeys in a real browser, with its virtual authenticators, under a strict Content-Security-Policy. */

interface Client {
  readonly session: { readonly userId: number } | undefined;
  signIn(credentials: object): Promise<unknown>;
  signOut(): Promise<boolean>;
  changeProfile(change: object): Promise<unknown>;
}
interface Passkeys {
  passkeySupport(): Promise<object>;
  addPasskey(client: Client, options?: object): Promise<{ id: number; recovery_codes: string[] }>;
  signInWithPasskey(client: Client, options?: object): Promise<object | undefined>;
  autofillPasskey(client: Client, options?: object): Promise<object | undefined>;
  upgradeToPasskey(client: Client, options?: object): Promise<object | undefined>;
  enrolPasskey(
    client: Client,
    enrolment: { flow: string; name: string },
  ): Promise<{ session: object; recoveryCodes: string[] } | undefined>;
  finishSignInWithPasskey(
    client: Client,
    waiting: { flow: string; remember?: boolean },
  ): Promise<object | undefined>;
  reauthenticateWithPasskey(client: Client): Promise<boolean>;
  removePasskey(client: Client, id: number): Promise<void>;
  signalPasskeys(client: Client): Promise<void>;
}
/** What the script of the page is asked for. */
interface InPage {
  client: Client;
  passkeys: Passkeys;
}

const script = `
  import { createLatchkey } from './client.js';
  import * as passkeys from './passkeys.js';
  const client = createLatchkey();
  Object.assign(globalThis, { client, passkeys });
`;

let server: TestServer;
let siteOrigin: string;
let files: Record<string, [type: string, body: string]>;
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  siteOrigin = server.origin.replace('127.0.0.1', 'localhost'); // where browsers have passkeys
  files = {
    '/app/': ['text/html', '<!doctype html><script type="module" src="page.js"></script>'],
    '/app/page.js': ['text/javascript', script],
    '/app/client.js': ['text/javascript', await bundleStandalone()],
    '/app/passkeys.js': ['text/javascript', await bundlePasskeys()],
  };
});
afterAll(() => server[Symbol.asyncDispose]());

let context: BrowserContext;
let page: Page;
let cdp: CDPSession;
let owner: { id: number; email: string; access_token: string };
let closeBrowser: () => Promise<void>;
beforeEach(async () => {
  const browser = await openBrowser();
  closeBrowser = () => browser.close();
  context = await browser.newContext();
  await context.route(`${siteOrigin}/app/**`, async (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname] ?? ['', ''];
    const csp = "default-src 'none'; script-src 'self'; connect-src 'self'";
    await route.fulfill({ contentType, body, headers: { 'content-security-policy': csp } });
  });
  page = await context.newPage();
  await page.goto(`${siteOrigin}/app/`);
  await page.waitForFunction(() => 'passkeys' in globalThis);
  cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  owner = await server.signUp();
});
afterEach(() => closeBrowser());

const internal = {
  protocol: 'ctap2',
  ctap2Version: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
  defaultBackupEligibility: true,
  defaultBackupState: true,
} as const;

async function addAuthenticator(change: object = {}): Promise<string> {
  const options = { ...internal, ...change };
  return (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId;
}
const credentialsOf = async (authenticatorId: string) =>
  (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

const signIn = () =>
  page.evaluate((credentials) => (globalThis as unknown as InPage).client.signIn(credentials), {
    email: owner.email,
    password: goodPassword,
  });
const signOut = () => page.evaluate(() => (globalThis as unknown as InPage).client.signOut());
const addPasskey = () =>
  page.evaluate(() => {
    const { client, passkeys } = globalThis as unknown as InPage;
    return passkeys.addPasskey(client);
  });
/** `signed in`, `nothing`, or what is wrong. */
const signInWithPasskey = () =>
  page.evaluate(async () => {
    const { client, passkeys } = globalThis as unknown as InPage;
    try {
      return (await passkeys.signInWithPasskey(client)) ? 'signed in' : 'nothing';
    } catch (error) {
      return String((error as { problem?: { reason?: string } }).problem?.reason ?? error);
    }
  });
const userOfPage = () =>
  page.evaluate(() => (globalThis as unknown as InPage).client.session?.userId);
const listed = async () =>
  (await server.send('GET', '/api/me/passkeys/', { token: owner.access_token })).body.passkeys;

test('a passkey is added, and signs in without an email', async () => {
  const authenticator = await addAuthenticator();
  await signIn();
  const added = await addPasskey();
  expect(added.recovery_codes).toHaveLength(10);
  expect(await credentialsOf(authenticator)).toMatchObject([
    { rpId: 'localhost', isResidentCredential: true },
  ]);
  expect(await listed()).toMatchObject([{ signs_in_alone: true, is_backed_up: true }]);
  await signOut();
  expect(await signInWithPasskey()).toBe('signed in');
  expect(await userOfPage()).toBe(owner.id);
});

test('the browser says what it can do', async () => {
  const support = await page.evaluate(() =>
    (globalThis as unknown as InPage).passkeys.passkeySupport(),
  );
  expect(support).toMatchObject({ passkeys: true, autofill: expect.any(Boolean) });
});

test('an authenticator without user verification makes a second factor, and does not sign in alone', async () => {
  await addAuthenticator({
    transport: 'usb',
    hasUserVerification: false,
    isUserVerified: false,
    defaultBackupEligibility: false,
    defaultBackupState: false,
  });
  await signIn();
  await addPasskey();
  expect(await listed()).toMatchObject([{ signs_in_alone: false, is_backed_up: false }]);
  await signOut();
  expect(await signInWithPasskey()).toBe('nothing');
});

test('an authenticator that does not verify its user this time does not sign in', async () => {
  const authenticatorId = await addAuthenticator();
  await signIn();
  await addPasskey();
  await signOut();
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  expect(await signInWithPasskey()).toBe('nothing');
});

test('whether a passkey is backed up is known after its next use', async () => {
  const authenticatorId = await addAuthenticator({ defaultBackupState: false });
  await signIn();
  await addPasskey();
  expect(await listed()).toMatchObject([{ is_backed_up: false }]);
  const [{ credentialId = '' } = {}] = await credentialsOf(authenticatorId);
  const changed = { authenticatorId, credentialId, backupState: true };
  await cdp.send('WebAuthn.setCredentialProperties', changed);
  await signOut();
  expect(await signInWithPasskey()).toBe('signed in');
  expect(await listed()).toMatchObject([{ is_backed_up: true }]);
});

test('the device forgets a passkey that was removed elsewhere, once it is refused', async () => {
  const authenticatorId = await addAuthenticator();
  await signIn();
  await addPasskey();
  await signOut();
  const { db } = server.deps.database;
  await db.deleteFrom('passkeys').where('user_id', '=', owner.id).execute();
  expect(await credentialsOf(authenticatorId)).toHaveLength(1);
  expect(await signInWithPasskey()).toBe('unknown');
  await eventually(async () => expect(await credentialsOf(authenticatorId)).toEqual([]));
});

test('the device forgets a passkey that is removed, and shows the name of today', async () => {
  const authenticatorId = await addAuthenticator();
  await signIn();
  const { id } = await addPasskey();
  const signal = () =>
    page.evaluate(() => {
      const { client, passkeys } = globalThis as unknown as InPage;
      return passkeys.signalPasskeys(client);
    });
  const change = { username: `ada${owner.id}` };
  await server.send('PATCH', '/api/me/', { token: owner.access_token, json: change });
  await signal();
  await eventually(async () =>
    expect(await credentialsOf(authenticatorId)).toMatchObject([
      { userName: owner.email, userDisplayName: change.username },
    ]),
  );
  await page.evaluate((id) => {
    const { client, passkeys } = globalThis as unknown as InPage;
    return passkeys.removePasskey(client, id);
  }, id);
  expect(await listed()).toEqual([]);
  await eventually(async () => expect(await credentialsOf(authenticatorId)).toEqual([]));
});

test('a device has one passkey of an account, and says so', async () => {
  await addAuthenticator();
  await signIn();
  await addPasskey();
  const again = await addPasskey().catch((error: Error) => error.message);
  expect(again).toContain('InvalidStateError');
  expect(await listed()).toHaveLength(1);
});

test('nobody is signed in where the user has no passkey, or stops', async () => {
  await addAuthenticator();
  expect(await signInWithPasskey()).toBe('nothing');
  const stopped = await page.evaluate(async () => {
    const { client, passkeys } = globalThis as unknown as InPage;
    const signal = AbortSignal.abort(new Error('enough'));
    return passkeys.signInWithPasskey(client, { signal }).catch((error) => String(error));
  });
  expect(stopped).toContain('enough');
  expect(await userOfPage()).toBeUndefined();
});

test('the browser makes a passkey without asking only where it has filled in the password', async () => {
  await addAuthenticator();
  await signIn();
  const made = await page.evaluate(async () => {
    const { client, passkeys } = globalThis as unknown as InPage;
    const signal = AbortSignal.timeout(2_000); // it waits for a password manager, which this browser has not
    return passkeys.upgradeToPasskey(client, { signal }).catch((error) => error.name);
  });
  expect([undefined, null, 'TimeoutError']).toContain(made);
  expect(await listed()).toEqual([]);
});

/** Offers passkeys in a form until one is chosen, or the page stops it. */
const autofill = () =>
  page.evaluate(async () => {
    const { client, passkeys } = globalThis as unknown as InPage;
    const stopping = new AbortController();
    Object.assign(globalThis, { stop: () => stopping.abort() });
    const session = passkeys.autofillPasskey(client, { signal: stopping.signal });
    return session.then(
      (found) => (found ? 'signed in' : 'nothing'),
      (error) => error.name,
    );
  });

test('a passkey that is chosen in a form signs in', async () => {
  await addAuthenticator();
  await signIn();
  await addPasskey();
  await signOut();
  expect(await autofill()).toBe('signed in');
  expect(await userOfPage()).toBe(owner.id);
});

test('passkeys are offered in a form until the page stops it, with a new challenge before one expires', async () => {
  const authenticatorId = await addAuthenticator();
  await signIn();
  await addPasskey();
  await signOut();
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
  let asked = 0;
  await context.route('**/api/login/passkey/options/', async (route) => {
    asked += 1;
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), expires_in: 1 } });
  });
  const offered = autofill();
  await until(() => asked > 1);
  await page.evaluate('stop()');
  expect(await offered).toBe('AbortError');
  await context.unroute('**/api/login/passkey/options/');
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true });
  expect(await signInWithPasskey()).toBe('signed in');
});

test('a passkey that a sign-in waits for is made, and signs in', async () => {
  await addAuthenticator();
  const flow = await waitingEnrolment(server, owner.id);
  const codes = await page.evaluate(async (flow) => {
    const { client, passkeys } = globalThis as unknown as InPage;
    const enrolment = { flow, name: 'Laptop', remember: true };
    return (await passkeys.enrolPasskey(client, enrolment))?.recoveryCodes;
  }, flow);
  expect(codes).toHaveLength(10);
  expect(await userOfPage()).toBe(owner.id);
  expect(await listed()).toMatchObject([{ name: 'Laptop' }]);
  const remembered = await server.deps.database.db
    .selectFrom('trusted_devices')
    .select('id')
    .where('user_id', '=', owner.id)
    .execute();
  expect(remembered).toHaveLength(1);
  await signOut();
  expect(await signInWithPasskey()).toBe('signed in');
});

test('a passkey ends a sign-in that waits, on a device that is remembered then, and confirms who one is', async () => {
  await addAuthenticator();
  await signIn();
  await addPasskey();
  await signOut();
  const credentials = { email: owner.email, password: goodPassword };
  const flow = await page.evaluate(async (credentials) => {
    const { client } = globalThis as unknown as InPage;
    const error = await client.signIn(credentials).catch((error: unknown) => error);
    return String((error as { problem?: { flow?: string } }).problem?.flow);
  }, credentials);
  const done = await page.evaluate(async (flow: string) => {
    const { client, passkeys } = globalThis as unknown as InPage;
    await passkeys.finishSignInWithPasskey(client, { flow, remember: true });
    return passkeys.reauthenticateWithPasskey(client);
  }, flow);
  expect(done).toBe(true);
  expect(await userOfPage()).toBe(owner.id);
  await signOut();
  await signIn(); // nothing more is asked for
  expect(await userOfPage()).toBe(owner.id);
});
