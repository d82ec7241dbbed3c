import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { configOptions } from '../../src/config/config-options.ts';
import { settingNames } from '../../src/settings/registry.ts';
import { generatedFiles } from '../../tools/generate.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const files = await generatedFiles();

test.each([...files])('%s is what `npm run generate` makes', (path, text) => {
  expect(existsSync(new URL(path, root))).toBe(true);
  expect(read(path) === text, 'stale: run `npm run generate` and commit what it wrote').toBe(true);
});

test('nothing else stands in docs/reference', () => {
  const found = readdirSync(new URL('docs/reference', root)).map(
    (name) => `docs/reference/${name}`,
  );
  expect(found.filter((path) => !files.has(path))).toEqual([]);
});

test('the settings page has every environment variable that the program reads', () => {
  const page = files.get('docs/reference/settings.md') ?? '';
  const source = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => read(`src/${path}`))
    .join('\n');
  const named = new Set(source.match(/\bLATCHKEY_[A-Z_]*[A-Z]\b/g));
  for (const name of settingNames) named.delete(`LATCHKEY_${name}`);
  expect([...named].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('configuration is as the page says: its defaults, and each variable has an effect', () => {
  const standard = readConfig({}, {});
  expect(standard).toMatchObject({
    host: configOptions.host.default,
    port: Number(configOptions.port.default),
    workers: Number(configOptions.workers.default),
    metrics: {
      host: configOptions.metricsHost.default,
      port: Number(configOptions.metricsPort.default),
      isPortGiven: false,
    },
    logLevel: configOptions.logLevel.default,
    dataDir: resolve(configOptions.data.default),
    breachRangeUrl: configOptions.breachRangeUrl.default,
  });
  const other: Record<string, string> = {
    LATCHKEY_SECRET_KEY: 'x'.repeat(32),
    LATCHKEY_SECRET_KEY_FALLBACKS: 'x'.repeat(32),
    LATCHKEY_TRUSTED_PROXIES: 'loopback',
    LATCHKEY_CORS_ORIGINS: 'https://app.example.com',
    LATCHKEY_PUBLIC_URL: 'https://auth.example.com',
    LATCHKEY_PASSKEY_RP_ID: 'example.com',
    LATCHKEY_PASSKEY_ORIGINS: 'https://app.example.com',
    LATCHKEY_PASSKEY_FORMER_RP_IDS: 'old.example.com',
    LATCHKEY_ISSUER: 'https://auth.example.com',
    LATCHKEY_LOG_LEVEL: 'debug',
    LATCHKEY_WORKERS: '2',
    LATCHKEY_DATABASE_URL: 'sqlite:other.db',
    LATCHKEY_SMTP_URL: 'smtp://localhost',
    LATCHKEY_MAIL_FROM: 'no-reply@example.com',
    LATCHKEY_MAIL_BOUNCES: 'bounces@example.com',
    LATCHKEY_BREACH_RANGE_URL: 'https://example.com/range/',
    LATCHKEY_MAIL_TEXTS: resolve(import.meta.dirname, 'mail-texts.json'),
  };
  for (const { variable } of Object.values(configOptions)) {
    const isOfPostgres = /^LATCHKEY_(DATABASE_(?!URL)|WORKERS)/.test(variable);
    const base = {
      ...(isOfPostgres && { LATCHKEY_DATABASE_URL: 'postgres://localhost/latchkey' }),
      ...(/^LATCHKEY_(SMTP|MAIL_B)/.test(variable) && {
        LATCHKEY_MAIL_FROM: 'no-reply@example.com',
      }),
      ...(variable === 'LATCHKEY_MAIL_BOUNCES' && { LATCHKEY_SMTP_URL: 'smtp://localhost' }),
    };
    const changed = readConfig({}, { ...base, [variable]: other[variable] ?? '1' });
    expect([variable, changed]).not.toEqual([variable, readConfig({}, base)]);
  }
});

test('a flag comes before its variable', () => {
  const config = readConfig({ port: '1' }, { LATCHKEY_PORT: '2', LATCHKEY_METRICS_PORT: '3' });
  expect([config.port, config.metrics?.port]).toEqual([1, 3]);
});
