import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { startServer } from '../../../../test/harness.ts';

/** The language of the pages, and of the account. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const visitor = (headers?: Record<string, string>) => createVisitor(server, headers);

async function member() {
  const user = await server.signUp();
  const browser = visitor();
  await browser.signIn(user.email);
  return { user, browser };
}

describe('of a page', () => {
  const htmlOf = async (query: string, headers = {}) =>
    /<html lang="(..)">/.exec((await visitor(headers).get(`/account/sign-in/${query}`)).text)?.[1];

  test.each([
    ['', {}, 'en'],
    ['', { 'accept-language': 'fr, de;q=0.5' }, 'de'],
    ['', { 'accept-language': 'fr' }, 'en'],
    ['?ui_locales=de-CH', {}, 'de'],
    ['?ui_locales=fr%20de%20en', {}, 'de'],
    ['?ui_locales=fr', { 'accept-language': 'de' }, 'de'],
  ])('of %s with %j is %s', async (query, headers, language) => {
    expect(await htmlOf(query, headers)).toBe(language);
  });

  test('that somebody has chosen stays, with all that the link had', async () => {
    const browser = visitor();
    const page = await browser.get('/account/sign-in/?return_to=%2Faccount%2Fsessions%2F');
    const [, link] = /href="(\?[^"]*ui_locales=de)"/.exec(page.text) ?? [];
    const query = link?.replaceAll('&amp;', '&');
    expect(new URLSearchParams(query).get('return_to')).toBe('/account/sessions/');
    await browser.get(`/account/sign-in/${query}`);
    expect((await browser.get('/account/sign-in/')).text).toContain('<html lang="de">');
  });
});

describe('of the account', () => {
  const chosen = (text: string) =>
    /<option value="([^"]*)" selected>/.exec(text.replace(/\s+/g, ' '))?.[1];

  test('is chosen among those that there are, and pages are in it at once', async () => {
    const { user, browser } = await member();
    await browser.get('/account/?ui_locales=en'); // chosen at the foot of a page, in this browser
    expect(textOf(await browser.get('/account/'))).toContain(
      'Language The language of the browser',
    );
    const form = await browser.get('/account/profile/');
    expect(
      [...form.text.matchAll(/<option value(?:="([^"]*)")?/g)].map(([, tag]) => tag ?? ''),
    ).toEqual([...['', 'en', 'de']]);
    const page = await browser.submit('/account/profile/', { locale: 'de' });
    expect(page.text).toContain('<html lang="de">');
    expect(textOf(page)).toContain('Ihre Änderungen sind gespeichert.');
    expect(textOf(page)).toContain('Sprache Deutsch');
    const token = user.access_token;
    expect((await server.send('GET', '/api/me/', { token })).body.locale).toBe('de');
    await browser.submit('/account/profile/', { locale: '', username: '' });
    expect((await server.send('GET', '/api/me/', { token })).body.locale).toBeNull();
  });

  test('that the pages are not in is shown, and stays', async () => {
    const { user, browser } = await member();
    const token = user.access_token;
    await server.send('PATCH', '/api/me/', { token, json: { locale: 'pt-BR' } });
    expect(chosen((await browser.get('/account/profile/')).text)).toBe('pt-BR');
    await browser.submit('/account/profile/', { locale: 'pt-BR', username: `maria${user.id}` });
    expect((await server.send('GET', '/api/me/', { token })).body.locale).toBe('pt-BR');
    const bad = await browser.post('/account/profile/', { locale: '<b>' });
    expect(bad.status).toBe(400);
  });
});
