import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, type TestBrowser } from '../../../test/browser/browser.ts';
import { eventually } from '../../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../../test/harness.ts';
import { bundleStandalone } from '../../tools/build.ts';

/** The client where it is not in a plain tab: workers, frames, frozen tabs, and beside a thief. */

/** Answers what it is asked, over a port, so that workers and frames can be asked too. */
const answering = `
  import { browserStorage, createLatchkey, tabStorage } from '/client.js';
  const { latchkey: baseUrl, storage } = Object.fromEntries(new URL(import.meta.url).searchParams);
  const client = createLatchkey({
    baseUrl,
    storage: storage === 'tab' ? tabStorage() : browserStorage(),
  });
  const code = (error) => error.code ?? String(error);
  const asks = {
    ready: async () => (await client.ready()) !== undefined,
    signIn: async (credentials) => (await client.signIn(credentials).catch(code)).userId > 0,
    profile: async () => (await client.readProfile().catch(code)).email ?? 'none',
    failure: () => client.readProfile().then(() => 'none', code),
    signOut: () => client.signOut(),
    endCause: () => client.endCause,
  };
  globalThis.ask = (name, input) => asks[name](input);
  if (!globalThis.document) {
    addEventListener('message', async ({ data, ports }) => {
      ports[0].postMessage(await ask(data.name, data.input));
    });
  }
`;

/** A page, and what it may have beside it. */
const page = `
  let other;
  async function load(url) {
    await import(url);
  }
  function addWorker(url) {
    const worker = new Worker(url, { type: 'module' });
    other = (message, port) => worker.postMessage(message, [port]);
  }
  async function addServiceWorker(url) {
    await navigator.serviceWorker.register(url, { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    other = (message, port) => active.postMessage(message, [port]);
  }
  async function addFrame(url, sandbox) {
    const frame = document.createElement('iframe');
    if (sandbox) frame.sandbox = sandbox;
    frame.src = url;
    document.body.append(frame);
    await new Promise((loaded) => frame.addEventListener('load', loaded));
    other = (message, port) => frame.contentWindow.postMessage(message, '*', [port]);
  }
  const askOther = (name, input) => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    other({ name, input }, port2);
  });
  Object.assign(globalThis, { load, addWorker, addServiceWorker, addFrame, askOther });
`;
const frame = `
  const loading = import('/answering.js' + location.search);
  addEventListener('message', async ({ data, ports }) => {
    await loading;
    ports[0].postMessage(await ask(data.name, data.input));
  });
`;

async function serveSite(): Promise<{ server: Server; port: number }> {
  const client = await bundleStandalone();
  const files: Record<string, [type: string, body: string]> = {
    '/': ['text/html', `<!doctype html><body><script>${page}</script>`],
    '/frame': ['text/html', `<!doctype html><script>${frame}</script>`],
    '/answering.js': ['text/javascript', answering],
    '/client.js': ['text/javascript', client],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[new URL(request.url ?? '', 'http://site').pathname] ?? ['', ''];
    // A frame without an origin of its own may load the modules.
    response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' });
    response.end(body);
  });
  await once(server.listen(0), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

let site: Server;
/** Two sites to a browser. */
let origin: string;
let otherOrigin: string;
let server: TestServer;
let browser: TestBrowser;
beforeAll(async () => {
  const { server: listening, port } = await serveSite();
  site = listening;
  origin = `http://localhost:${port}`;
  otherOrigin = `http://127.0.0.1:${port}`;
  server = await startServer({ corsOrigins: [origin, otherOrigin] });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
  site.close();
});

const script = (storage: 'browser' | 'tab') =>
  `/answering.js?${new URLSearchParams({ latchkey: server.origin, storage })}`;

async function openPage(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(origin);
  return tab;
}

/** What the page has by that name. */
function inPage(tab: Page, name: string, ...input: unknown[]): Promise<unknown> {
  return tab.evaluate(
    ([name, input]) =>
      (globalThis as unknown as Record<string, (...input: unknown[]) => unknown>)[name]?.(...input),
    [name, input] as const,
  );
}

/** A page with a client of its own. */
async function openTab(context: BrowserContext, storage: 'browser' | 'tab'): Promise<Page> {
  const tab = await openPage(context);
  await inPage(tab, 'load', script(storage));
  return tab;
}

type Name = 'ready' | 'signIn' | 'profile' | 'failure' | 'signOut' | 'endCause';
const ask = (tab: Page, name: Name, input?: object) => inPage(tab, 'ask', name, input);
const askOther = (tab: Page, name: Name, input?: object) => inPage(tab, 'askOther', name, input);

async function newCredentials() {
  return { email: (await server.signUp()).email, password: goodPassword };
}

test('a worker, which has no localStorage, keeps the session in its memory', async () => {
  await using context = await browser.newContext();
  const tab = await openPage(context);
  await inPage(tab, 'addWorker', script('browser'));
  const credentials = await newCredentials();
  expect(await askOther(tab, 'ready')).toBe(false);
  expect(await askOther(tab, 'signIn', credentials)).toBe(true);
  for (let lifetimes = 0; lifetimes < 2; lifetimes += 1) {
    server.clock.advance(31_000);
    expect(await askOther(tab, 'profile')).toBe(credentials.email);
  }
  expect(await askOther(tab, 'signOut')).toBe(true);
});

test('a service worker shares the session of the tabs', async () => {
  await using context = await browser.newContext();
  const tab = await openTab(context, 'tab');
  const credentials = await newCredentials();
  expect(await ask(tab, 'signIn', credentials)).toBe(true);
  await inPage(tab, 'addServiceWorker', script('tab'));
  expect(await askOther(tab, 'ready')).toBe(true);
  server.clock.advance(31_000);
  expect(await Promise.all([askOther(tab, 'profile'), ask(tab, 'profile')])).toEqual([
    credentials.email,
    credentials.email,
  ]);
  expect(await askOther(tab, 'signOut')).toBe(true);
  await eventually(async () => expect(await ask(tab, 'endCause')).toBe('logged_out'));
});

const frameOf = (from: string) => `${from}/frame${new URL(script('browser'), origin).search}`;

test('a frame in a page of another site has a session of its own, through reloads', async () => {
  await using context = await browser.newContext();
  const tab = await openTab(context, 'browser');
  const credentials = await newCredentials();
  await inPage(tab, 'addFrame', frameOf(otherOrigin));
  expect(await askOther(tab, 'signIn', credentials)).toBe(true);
  await inPage(tab, 'addFrame', frameOf(otherOrigin));
  server.clock.advance(31_000);
  expect(await askOther(tab, 'profile')).toBe(credentials.email);
  expect(await ask(tab, 'ready')).toBe(false);
});

test('a frame that may have neither storage nor locks works, and fails by the network alone', async () => {
  await using context = await browser.newContext();
  const tab = await openPage(context);
  await inPage(tab, 'addFrame', frameOf(origin), 'allow-scripts');
  expect(await askOther(tab, 'ready')).toBe(false);
  // Its origin is `null`, which Latchkey allows nobody.
  expect(await askOther(tab, 'failure')).toBe('network_error');
  expect(await askOther(tab, 'signOut')).toBe(true);
});

test('a tab that was frozen while others refreshed goes on with their session', async () => {
  await using context = await browser.newContext();
  const credentials = await newCredentials();
  const frozen = await openTab(context, 'browser');
  expect(await ask(frozen, 'signIn', credentials)).toBe(true);
  const other = await openTab(context, 'browser');
  const devtools = await context.newCDPSession(frozen);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  for (let lifetimes = 0; lifetimes < 3; lifetimes += 1) {
    server.clock.advance(31_000);
    expect(await ask(other, 'profile')).toBe(credentials.email);
  }
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  server.clock.advance(31_000);
  expect(await ask(frozen, 'profile')).toBe(credentials.email);
  expect(await ask(other, 'profile')).toBe(credentials.email);
});

test('a thief who took the stored tokens and refreshes just before the owner has nothing after that', async () => {
  await using context = await browser.newContext();
  await context.clock.install();
  const credentials = await newCredentials();
  const tabs = [await openTab(context, 'browser'), await openTab(context, 'browser')] as const;
  await ask(tabs[0], 'signIn', credentials);
  const stolen = JSON.parse(String(await tabs[0].evaluate('localStorage.getItem("latchkey")')));
  const json = { refresh_token: stolen.refresh };
  const { refresh_token, access_token: token } = (
    await server.send('POST', '/api/refresh/', { json })
  ).body;
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200);
  await context.clock.fastForward(25_000); // the tabs will soon need the next one
  await Promise.all(tabs.map((tab) => ask(tab, 'profile')));
  for (const tab of tabs) {
    await eventually(async () => expect(await ask(tab, 'endCause')).toBe('refresh_token_reused'));
  }
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(401);
  const again = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(again.status).toBe(400);
});
