import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { root } from '../../test/docs/documents.ts';
import { eventually } from '../../test/eventually.ts';
import { startServer, type TestServer } from '../../test/harness.ts';
import { browserStorage, createLatchkey, tabStorage } from '../src/index.ts';
import { createClient, signedIn } from './clients.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllGlobals());

describe('a storage for pages', () => {
  test.each([
    ['browserStorage()', browserStorage],
    ['tabStorage()', tabStorage],
  ])('refuses to work on a server, where users would share it: %s', async (name, storage) => {
    const client = createLatchkey({ baseUrl: server.origin, storage: storage() });
    const credentials = { email: 'a@example.com', password: 'x' };
    for (const call of [
      () => client.ready(),
      () => client.signIn(credentials),
      () => client.signOut(),
      () => client.accessToken(),
      () => client.readProfile(),
      () => client.fetch(server.origin),
    ]) {
      await expect(call()).rejects.toThrow(`${name} is for pages`);
      await expect(call()).rejects.toThrow('memoryStorage()');
    }
    expect(client.session).toBeUndefined();
  });

  test('does not even with a localStorage or a channel of the process', async () => {
    const program = `
      import { browserStorage, createLatchkey, tabStorage } from 'latchkey-client';
      for (const storage of [browserStorage(), tabStorage()]) {
        const client = createLatchkey({ baseUrl: 'http://localhost:1', storage });
        await client.ready().catch(({ message }) => console.log(message.split(':')[0]));
      }
    `;
    const flags = ['--conditions=latchkey-source', '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--localstorage-file=/dev/null', ...flags],
      { cwd: root },
    );
    expect(stdout).toBe('browserStorage() is for pages\ntabStorage() is for pages\n');
  });

  test('that is missing, as in a worker, is made up for in memory', async () => {
    vi.stubGlobal('importScripts', () => undefined);
    vi.stubGlobal('localStorage', undefined);
    const { client, session, ends } = await signedIn(server, { storage: browserStorage() });
    for (let lifetimes = 0; lifetimes < 3; lifetimes += 1) {
      server.clock.advance(31_000);
      expect((await client.readProfile()).id).toBe(session.userId);
    }
    expect(ends).toEqual([]);
  });

  test('needs no locks where the page may have none', async () => {
    vi.stubGlobal('importScripts', () => undefined);
    vi.stubGlobal('localStorage', undefined);
    const request = () => Promise.reject(new DOMException('denied', 'SecurityError'));
    vi.stubGlobal('navigator', { locks: { request } });
    const { client, session } = await signedIn(server, { storage: browserStorage() });
    server.clock.advance(31_000);
    expect((await client.readProfile()).id).toBe(session.userId);
    expect(await client.signOut()).toBe(true);
  });
});

/** A storage that other tabs share, with a clock of its own. */
function sharedText() {
  let text: string | null = null;
  const changed = new Set<() => void>();
  return {
    clear() {
      text = null;
    },
    storage: () => ({
      read: () => text,
      write(written: string) {
        text = written;
        for (const listener of changed) listener();
      },
      subscribe(listener: () => void) {
        changed.add(listener);
        return () => changed.delete(listener);
      },
    }),
  };
}

test('a sign-in wins over what was stored while the clock was ahead', async () => {
  const dayMs = 86_400_000;
  for (const wasClearedBefore of [false, true]) {
    for (const aheadMs of [30 * dayMs, 30_000]) {
      let skewMs = aheadMs;
      const environment = { wallMs: () => Date.now() + skewMs };
      const shared = sharedText();
      const first = await signedIn(server, { environment, storage: shared.storage() });
      const other = createClient(server, { environment, storage: shared.storage() });
      await other.client.ready();
      skewMs = 0;
      if (wasClearedBefore) shared.clear();
      const { email } = await server.signUp();
      const session = await first.client.signIn({ email, password: first.credentials.password });
      expect(session.userId).not.toBe(first.session.userId);
      expect(first.client.session?.userId).toBe(session.userId);
      expect((await first.client.readProfile()).email).toBe(email);
      if (aheadMs > dayMs || !wasClearedBefore) {
        await eventually(() => expect(other.client.session?.userId).toBe(session.userId));
      }
    }
  }
});

test('a client that was closed follows the other tabs again when it is used', async () => {
  const shared = sharedText();
  const first = await signedIn(server, { storage: shared.storage() });
  const other = createClient(server, { storage: shared.storage() });
  await other.client.ready();
  other.client.close();
  await other.client.ready();
  await first.client.signOut();
  await eventually(() => expect(other.ends).toEqual(['logged_out']));
});

test('clients that share a storage without locks refresh once, and none ends the session', async () => {
  const shared = sharedText();
  const { credentials } = await signedIn(server, { storage: shared.storage() });
  for (let lifetimes = 0; lifetimes < 2; lifetimes += 1) {
    server.clock.advance(31_000);
    const clients = Array.from({ length: 5 }, () => {
      const { read, write } = shared.storage();
      return createClient(server, { storage: { read, write } });
    });
    const profiles = await Promise.all(clients.map(({ client }) => client.readProfile()));
    expect(new Set(profiles.map(({ email }) => email))).toEqual(new Set([credentials.email]));
    expect(clients.flatMap(({ ends }) => ends)).toEqual([]);
  }
});
