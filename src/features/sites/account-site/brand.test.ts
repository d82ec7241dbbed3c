import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { createVisitor } from '../../../../test/account-visitor.ts';
import { startServer } from '../../../../test/harness.ts';
import { resetSetting, setSetting } from '../../../settings/change-settings.ts';
import type { SettingName } from '../../../settings/registry.ts';
import { colorNames, siteColors } from '../../../settings/site-colors.ts';

/** What operators make of the look of the account site. */

const server = await startServer({ publicUrl: 'https://id.example/' });
afterAll(() => server[Symbol.asyncDispose]());

const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const logo = `data:image/svg+xml;base64,${btoa(svg)}`;
const origin = { actor: 'test', reason: '' };

async function set(name: SettingName, value: string): Promise<void> {
  await setSetting(server.deps, name, value, origin);
  await server.catchUp();
}

const page = async () => (await createVisitor(server).get('/account/sign-in/')).text;

function linkIn(text: string, pattern: RegExp): string {
  const [, path = ''] = pattern.exec(text) ?? [];
  return `/account/brand/${path}`;
}

test('the style sheet has the default colours of the settings', () => {
  const css = readFileSync(new URL('./assets/account.css', import.meta.url), 'utf8');
  const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, rule]) => rule);
  for (const [rule, colors] of [
    [light, siteColors.light],
    [dark, siteColors.dark],
  ] as const) {
    for (const name of colorNames) expect(rule).toContain(`--${name}: ${colors[name]};`);
  }
  expect(css.replace(light, '').replace(dark, '')).not.toMatch(/#[0-9a-f]{3,8}\b/i);
});

test('without settings it has the host for its name, and loads nothing more', async () => {
  const text = await page();
  expect(text).toContain('<title>Sign in · id.example</title>');
  expect(text).toContain('<svg class="key"');
  expect(text).not.toContain('account/brand/');
});

test('the name is text, whatever is in it', async () => {
  await set('SITE_NAME', 'Ada & <b>Söhne</b>');
  expect(await page()).toContain('<span>Ada &amp; &lt;b>Söhne&lt;/b></span>');
  await resetSetting(server.deps, 'SITE_NAME', origin);
});

test('the logo comes from our own host, kept for good, and runs nothing', async () => {
  await set('SITE_LOGO', logo);
  const path = linkIn(await page(), /<img src="\.\.\/\.\.\/account\/brand\/(logo-[\w-]{12}\.svg)"/);
  const file = await server.send('GET', path);
  expect([file.status, file.text]).toEqual([200, svg]);
  expect(file.headers.get('content-type')).toBe('image/svg+xml');
  expect(file.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  );
  expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  await resetSetting(server.deps, 'SITE_LOGO', origin);
  await server.catchUp();
  expect((await server.send('GET', path)).status).toBe(404);
});

test('the colours are a style sheet, which changes its name with them', async () => {
  const pattern =
    /<link rel="stylesheet" href="\.\.\/\.\.\/account\/brand\/(colors-[\w-]{12}\.css)"/;
  await set('SITE_COLORS_LIGHT', 'accent=#006644');
  const first = linkIn(await page(), pattern);
  const light = await server.send('GET', first);
  expect(light.headers.get('content-type')).toBe('text/css; charset=utf-8');
  expect(light.text).toMatch(/^:root\{--background:#f3f4f7;.*--accent:#006644;/);
  expect(light.text).toContain(`{:root{--background:${siteColors.dark.background};`);
  await set('SITE_COLORS_DARK', 'accent=#00ffaa');
  const second = linkIn(await page(), pattern);
  expect(second).not.toBe(first);
  expect((await server.send('GET', second)).text).toContain('--accent:#00ffaa');
  // A page of a node that does not know it yet: what there is now, rather than nothing.
  expect((await server.send('GET', first)).text).toContain('--accent:#00ffaa');
  await resetSetting(server.deps, 'SITE_COLORS_LIGHT', origin);
  await resetSetting(server.deps, 'SITE_COLORS_DARK', origin);
});

test('an administrator is told why colours are refused, and the log has no picture', async () => {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const put = (name: string, value: string) =>
    server.send('PUT', `/api/admin/settings/${name}/`, { token, json: { value } });
  const refused = await put('SITE_COLORS_LIGHT', 'text=#aaaaaa');
  expect(refused.status).toBe(400);
  expect(refused.body.value[0]).toMatch(
    /^SITE_COLORS_LIGHT needs a contrast of 4\.5 between text and background, which have 2\.\d+\.$/,
  );
  const stored = await put('SITE_LOGO', logo);
  expect([stored.status, stored.body.value, stored.body.text]).toEqual([
    200,
    logo,
    `image/svg+xml, ${svg.length} bytes`,
  ]);
  const { body } = await server.send('GET', '/api/admin/audit/?kind=setting.changed', { token });
  expect(body.items[0].details).toMatchObject({
    name: 'SITE_LOGO',
    to: `image/svg+xml, ${svg.length} bytes`,
  });
});
