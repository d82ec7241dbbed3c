/**
 * Takes the pictures of the admin site and the account site that the documentation shows: `npm run screenshots`, after
 * `npm run build`. They are of the real server, with people and figures made up here.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Secret, TOTP } from 'otpauth';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { installChromium } from '../test/browser/chromium.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const images = fileURLToPath(new URL('../docs/images/', import.meta.url));
const password = 'correct horse battery';
const adminEmail = 'admin@example.com';

const people = [
  ...['ada.lovelace', 'grace.hopper', 'alan.turing', 'edsger.dijkstra', 'barbara.liskov'],
  ...['donald.knuth', 'margaret.hamilton', 'john.mccarthy', 'frances.allen', 'ken.thompson'],
  ...['leslie.lamport', 'radia.perlman'],
];
const devices = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
];

const folder = mkdtempSync(join(tmpdir(), 'latchkey-screenshots-'));
const latchkey = (arguments_: readonly string[], input = '') =>
  execFileSync(process.execPath, [main, ...arguments_, '--data', folder], { input });

const server = spawn(process.execPath, [main, 'serve', '--data', folder], {
  env: { ...process.env, LATCHKEY_PORT: '0', LATCHKEY_METRICS_PORT: '0' },
  stdio: ['ignore', 'pipe', 'ignore'],
});
try {
  const origin = await firstAddress();
  const users = ['users', 'create', adminEmail, '--superuser', '--password-stdin'];
  latchkey(users, `${password}\n`);
  latchkey(['settings', 'set', 'ACCESS_TOKEN_LIFETIME', '300', '--reason', 'Fewer refreshes']);
  await fill(origin);
  fillActivity();
  await takeAll(origin);
} finally {
  server.kill();
  await once(server, 'exit');
  rmSync(folder, { recursive: true });
}

async function firstAddress(): Promise<string> {
  for await (const line of createInterface({ input: server.stdout })) {
    const [address] = /http:\/\/[\d.]+:\d+/.exec(line) ?? [];
    if (address) return address;
  }
  throw new Error('The server did not start.');
}

interface Answered {
  readonly id: number;
  readonly access_token: string;
}

async function fill(origin: string): Promise<void> {
  const send = async (
    path: string,
    json: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> => {
    const response = await fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as Answered;
  };
  const { access_token: token } = await send('/api/login/', { email: adminEmail, password });
  const authorization = `Bearer ${token}`;
  const make = (path: string, json: unknown) => send(path, json, { authorization });
  const support = await make('/api/admin/roles/', {
    name: 'support',
    description: 'Looks after the accounts of customers',
    permissions: ['users.view', 'sessions.view', 'sessions.end', 'invoices.view'],
  });
  for (const [index, name] of people.entries()) {
    const isInvited = index % 6 === 5;
    const email = `${name}@example.com`;
    const { id } = await make('/api/admin/users/', {
      email,
      ...(index % 4 === 0 && { username: name.split('.')[0] }),
      ...(!isInvited && { password }),
      ...(index % 3 === 0 && { roles: [support.id] }),
    });
    const headers = { 'user-agent': devices[index % devices.length] ?? '' };
    if (!isInvited) await send('/api/login/', { email, password }, headers);
    if (index === 4) await make(`/api/admin/users/${id}/deactivate/`, { reason: 'Has left' });
  }
}

/** A day with a noon, and an attack in the afternoon. */
function fillActivity(): void {
  const database = new DatabaseSync(join(folder, 'latchkey.db'));
  const insert = database.prepare('INSERT OR REPLACE INTO activity VALUES (?, ?, ?, ?)');
  const periodMs = 600_000;
  const nowMs = Math.floor(Date.now() / periodMs) * periodMs;
  for (let index = 0; index < 144; index += 1) {
    const day = Math.max(0, Math.sin((index / 144) * 2 * Math.PI - 0.6));
    const noise = (index * 7_919) % 11;
    const isAttack = index > 98 && index < 104;
    insert.run(
      ...[nowMs - (143 - index) * periodMs, Math.round(day * 40 + 2 + noise)],
      ...[Math.round(1 + (noise % 4) + (isAttack ? 55 : 0)), Math.round(900 + day * 4_000)],
    );
  }
  database.close();
}

async function takeAll(origin: string): Promise<void> {
  mkdirSync(images, { recursive: true });
  const { executablePath, env } = await installChromium();
  const browser = await chromium.launch({ executablePath, env, chromiumSandbox: false });
  const wide = { viewport: { width: 1280, height: 800 } };
  const phone = { viewport: { width: 390, height: 780 } };
  /** @param text what stands on the page once it is complete */
  const take = async (
    name: string,
    { hash, text, ...options }: BrowserContextOptions & { hash: string; text: string },
  ) => {
    const context = await browser.newContext({
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    await signIn(page, origin);
    await page.goto(`${origin}/admin/#${hash}`);
    await page.getByText(text).first().waitFor();
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(images, `${name}.png`) });
    await context.close();
  };
  const users = { hash: '/users', text: 'ada.lovelace@example.com' };
  await take('admin-overview', { hash: '/', text: 'Alive', ...wide, colorScheme: 'light' });
  await take('admin-users', { ...users, ...wide, colorScheme: 'dark' });
  await take('admin-setting', {
    hash: '/settings/ACCESS_TOKEN_LIFETIME',
    text: 'Fewer refreshes',
    ...wide,
    colorScheme: 'light',
  });
  await take('admin-phone', { ...users, ...phone, colorScheme: 'light' });

  /** A page of the account site; for those of somebody who is signed in, of that user. */
  const takeAccount = async (
    name: string,
    { path, email, ...options }: BrowserContextOptions & { path: string; email?: string },
  ) => {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    if (email !== undefined) {
      await page.goto(`${origin}/account/sign-in/`);
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.waitForURL('**/account/');
    }
    await page.goto(`${origin}/account/${path}`);
    await page.screenshot({ path: join(images, `${name}.png`) });
    await context.close();
  };
  /** The page of somebody who has a passkey and an app, and the second step of their sign-in. */
  const takeSecurity = async () => {
    const context = await browser.newContext({ locale: 'en-GB', ...phone, colorScheme: 'light' });
    const page = await context.newPage();
    const named = origin.replace('127.0.0.1', 'localhost'); // an IP cannot be an RP ID
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...({ protocol: 'ctap2', transport: 'internal' } as const),
        ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
        automaticPresenceSimulation: true,
      },
    });
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    const signInAs = async () => {
      await page.getByLabel('Email').fill(`${people[2]}@example.com`);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await press('Sign in');
    };
    await page.goto(`${named}/account/security/app/`);
    await signInAs();
    await press('Go on');
    const secret = (await page.locator('code.secret').textContent())?.replaceAll(' ', '') ?? '';
    await page.getByLabel('Code').fill(totpOf(secret));
    await press('Add the app');
    await page.getByText('They are shown only now.').waitFor();
    await page.goto(`${named}/account/security/passkey/`);
    await press('Create the passkey');
    await page.getByText('The passkey is added.').waitFor();
    await page.goto(`${named}/account/security/`);
    await page.screenshot({ path: join(images, 'account-security.png'), fullPage: true });
    await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
    await press('Sign out');
    await signInAs();
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    await page.screenshot({ path: join(images, 'account-second-factor.png') });
    await context.close();
  };
  const email = `${people[0]}@example.com`;
  const small = { viewport: { width: 1024, height: 640 } };
  await takeAccount('account-sign-in', { path: 'sign-in/', ...small, colorScheme: 'light' });
  await takeAccount('account-devices', { path: 'sessions/', email, ...small, colorScheme: 'dark' });
  await takeSecurity();
  await takeAccount('account-phone', { path: '', email, ...phone, colorScheme: 'light' });
  await browser.close();
}

/** The code that an authenticator app shows now. */
function totpOf(secret: string): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate();
}

async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/admin/`);
  await page.getByLabel('Email').fill(adminEmail);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}
