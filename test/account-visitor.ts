import { expect } from 'vitest';
import { type Answer, goodPassword, type TestServer } from './harness.ts';

/**
 * A browser on the account site, as far as HTTP goes: it keeps cookies with their paths, says where its requests
 * come from, and runs no script.
 */
export interface Visitor {
  /** By name; those whose path does not fit are not sent. */
  readonly cookies: ReadonlyMap<string, string>;
  /** @param path from the root of the server, such as `/account/` */
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a form, as from the page at that path. */
  post(
    path: string,
    form?: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Goes where an answer leads, as often as it does; gives the page. */
  follow(answer: Answer, path: string): Promise<Answer & { readonly path: string }>;
  /** Sends a form, and goes where that leads. */
  submit(path: string, form?: Record<string, string>): Promise<Answer & { readonly path: string }>;
  /** Signs in on the page. */
  signIn(email: string, password?: string): Promise<void>;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export function createVisitor(
  server: Pick<TestServer, 'send'>,
  own: Record<string, string> = {},
  /** What it has from before. */
  cookies: readonly (readonly [name: string, cookie: Cookie])[] = [],
): Visitor {
  const jar = new Map<string, Cookie>(cookies);

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    form?: Record<string, string>,
  ): Promise<Answer> {
    const fitting = [...jar].filter(([, cookie]) => path.startsWith(cookie.path));
    const cookie = fitting.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const answer = await server.send(method, path, {
      headers: {
        accept: 'text/html',
        'sec-fetch-site': 'same-origin',
        ...(cookie && { cookie }),
        ...own,
        ...headers,
      },
      ...(form && { form }),
    });
    for (const line of answer.headers.getSetCookie()) store(line);
    return answer;
  }

  function store(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = attributes.find((one) => one.startsWith('Path='))?.slice('Path='.length) ?? '/';
    if (attributes.includes('Max-Age=0')) jar.delete(name);
    else jar.set(name, { value, path });
  }

  const visitor: Visitor = {
    get cookies() {
      return new Map([...jar].map(([name, { value }]) => [name, value]));
    },
    get: (path, headers = {}) => send('GET', path, headers),
    post: (path, form = {}, headers = {}) => send('POST', path, headers, form),
    async follow(answer, path) {
      let current = { ...answer, path };
      for (let hops = 0; current.status === 303; hops += 1) {
        expect(hops).toBeLessThan(8);
        const url = new URL(current.headers.get('location') ?? '', `http://site${current.path}`);
        const next = `${url.pathname}${url.search}`;
        current = { ...(await visitor.get(next)), path: next };
      }
      return current;
    },
    async submit(path, form) {
      return visitor.follow(await visitor.post(path, form), path);
    },
    async signIn(email, password = goodPassword) {
      const page = await visitor.submit('/account/sign-in/', { email, password });
      expect([page.status, page.path], page.text).toEqual([200, '/account/']);
    },
  };
  return visitor;
}

/** The text of a page, without its markup. */
export function textOf({ text }: Pick<Answer, 'text'>): string {
  return text
    .replace(/<(script|style|title)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}
