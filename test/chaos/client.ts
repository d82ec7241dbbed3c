import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../crash/history.ts';
import type { ChaosNode } from './cluster.ts';

interface Deps {
  readonly nodes: readonly ChaosNode[];
  readonly history: Operation[];
  successorOf(token: string): string;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly body: any;
}

interface Session {
  readonly name: string;
  accessToken: string;
  token: string;
  /** Not usable any more, the newest last. */
  readonly spent: string[];
}

const password = 'correct horse battery';
const requestLimitMs = 10_000;
/** The pause of a client between two requests, and at most before the next try after no answer. */
const pauseMs = { think: 10, retry: 50 };
/** Some seconds: longer than any database here is away. */
const maxTries = 1_000;

const pick = (count: number) => Math.floor(Math.random() * count);
let sessionCount = 0;

/**
 * One user, who does one thing after another at whichever node, and notes what comes of it. What was not
 * answered they try again until it is known, as clients should.
 */
export class ChaosClient {
  readonly #deps: Deps;
  readonly #email: string;
  readonly #ended: Session[] = [];
  #isRegistered = false;
  #session: Session | undefined;
  #names = 0;
  #isStopped = false;

  constructor(deps: Deps, number: number) {
    this.#deps = deps;
    this.#email = `client${number}@example.com`;
  }

  async work(): Promise<void> {
    while (!this.#isStopped) {
      if (!this.#isRegistered) await this.#register();
      else if (this.#session) await this.#act(this.#session);
      else await this.#signIn();
      await sleep(Math.random() * pauseMs.think);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** When all is well again: every node agrees with what this client knows. */
  async verify(): Promise<void> {
    for (const node of this.#deps.nodes) {
      for (const session of [this.#session, this.#ended.at(-1), this.#ended.at(-2)]) {
        if (session) await this.#look(session, node);
      }
    }
    if (this.#session) await this.#refresh(this.#session);
  }

  /** At the very end: tries tokens that were used. Reuse ends sessions. */
  async reuseAll(): Promise<void> {
    for (const session of [...this.#ended.slice(-5), this.#session]) {
      for (const token of session?.spent.slice(-10) ?? []) {
        await this.#sendRefresh(session as Session, token, undefined);
      }
    }
  }

  /** Refreshes at one node, and gives for how many seconds the new access token lives. */
  async lifetimeAt(node: ChaosNode): Promise<string> {
    while (!this.#isRegistered) await this.#register();
    while (!this.#session) await this.#signIn();
    const session = this.#session;
    await this.#refresh(session, node);
    const [, claims = ''] = session.accessToken.split('.');
    const { iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return String(exp - iat);
  }

  #act(session: Session): Promise<void> {
    const dice = pick(100);
    if (dice < 45) return this.#refresh(session);
    if (dice < 55) return this.#refreshTwice(session);
    if (dice < 75) return this.#changeName(session);
    if (dice < 96) return this.#look(session, this.#anyNode());
    return this.#logOut(session);
  }

  #note(operation: Operation): void {
    this.#deps.history.push(operation);
  }

  #anyNode(): ChaosNode {
    return this.#deps.nodes[pick(this.#deps.nodes.length)] as ChaosNode;
  }

  /** Undefined if nobody knows what came of it: no whole answer, or one that says so. */
  async #send(
    method: string,
    path: string,
    { node = this.#anyNode(), token, key, json }: RequestParts,
  ): Promise<Answer | undefined> {
    try {
      const response = await fetch(`${node.origin}${path}`, {
        method,
        headers: {
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        signal: AbortSignal.timeout(requestLimitMs),
      });
      const body = await response.json();
      if (response.status !== 503) return { status: response.status, body };
    } catch {
      // The node is dead, or died.
    }
    if (!this.#isStopped) await sleep(Math.random() * pauseMs.retry);
    return undefined;
  }

  #noteUnexpected({ status, body }: Answer): void {
    this.#note({ kind: 'unexpected answer', what: `${status} ${JSON.stringify(body)}` });
  }

  async #register(): Promise<void> {
    const email = this.#email;
    const answer = await this.#send('POST', '/api/register/', { json: { email, password } });
    if (!answer) {
      this.#note({ kind: 'registration unknown', email });
    } else if (answer.status === 201) {
      this.#isRegistered = true;
      this.#note({ kind: 'registered', email, id: answer.body.id });
    } else if (answer.body.email !== undefined) {
      this.#isRegistered = true; // the one that was not answered
      this.#note({ kind: 'email looked up', email, isTaken: true });
    } else {
      this.#noteUnexpected(answer);
    }
  }

  async #signIn(): Promise<void> {
    const json = { email: this.#email, password };
    const answer = await this.#send('POST', '/api/login/', { json });
    if (!answer) return; // a session that nobody knows
    if (answer.status !== 200) return this.#noteUnexpected(answer);
    sessionCount += 1;
    const { access_token: accessToken, refresh_token: token } = answer.body;
    const name = `${this.#email} ${sessionCount}`;
    this.#session = { name, accessToken, token, spent: [] };
    this.#note({ kind: 'signed in', session: name, token });
  }

  /** Repeats a refresh with its key until it is known what came of it. */
  async #refresh(session: Session, node?: ChaosNode): Promise<void> {
    await this.#retryRefresh(session, session.token, randomUUID(), node);
  }

  async #retryRefresh(
    session: Session,
    token: string,
    key: string,
    node?: ChaosNode,
  ): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      if (await this.#sendRefresh(session, token, key, node)) return;
    }
  }

  /** Two tabs at once, with one token and one key: both get the same. */
  async #refreshTwice(session: Session): Promise<void> {
    const { token } = session;
    const key = randomUUID();
    const done = await Promise.all([1, 2].map(() => this.#sendRefresh(session, token, key)));
    if (!done.includes(true)) await this.#retryRefresh(session, token, key);
  }

  /** @returns whether it is known what came of it */
  async #sendRefresh(
    session: Session,
    token: string,
    key: string | undefined,
    node?: ChaosNode,
  ): Promise<boolean> {
    const json = { refresh_token: token };
    const answer = await this.#send('POST', '/api/refresh/', { json, key, node });
    const known = { session: session.name, token, ...(key !== undefined && { key }) };
    if (!answer) {
      this.#note({ kind: 'refresh unknown', ...known });
      return false;
    }
    if (answer.status === 200) {
      const { refresh_token: next, access_token: accessToken } = answer.body;
      this.#note({ kind: 'refreshed', ...known, next });
      if (session.token !== next) session.spent.push(session.token);
      Object.assign(session, { token: next, accessToken });
    } else if (answer.status === 400 && answer.body.error === 'Invalid refresh token') {
      this.#note({ kind: 'refresh refused', ...known });
    } else {
      this.#noteUnexpected(answer);
    }
    return true;
  }

  async #changeName(session: Session): Promise<void> {
    this.#names += 1;
    const name = `${this.#email.split('@')[0]}.${this.#names}`;
    const json = { username: name };
    const answer = await this.#send('PUT', '/api/me/', { json, token: session.accessToken });
    const user = this.#email;
    if (!answer) this.#note({ kind: 'name change unknown', user, name });
    else if (answer.status === 200) this.#note({ kind: 'name changed', user, name });
    else this.#noteUnexpected(answer);
  }

  async #look(session: Session, node: ChaosNode): Promise<void> {
    const answer = await this.#send('GET', '/api/me/', { token: session.accessToken, node });
    if (!answer) return;
    const { status, body } = answer;
    if (status !== 200 && status !== 401) return this.#noteUnexpected(answer);
    this.#note({ kind: 'session seen', session: session.name, isLive: status === 200 });
    if (status === 200) this.#note({ kind: 'name read', user: this.#email, name: body.username });
  }

  /** Logs out, repeated until it is known; then no node knows the session any more. */
  async #logOut(session: Session): Promise<void> {
    const { name, token } = session;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const answer = await this.#send('POST', '/api/logout/', { json: { refresh_token: token } });
      if (!answer) {
        this.#note({ kind: 'logout unknown', session: name, token });
        continue;
      }
      if (answer.status === 200) this.#note({ kind: 'logged out', session: name, token });
      else if (answer.status === 400) this.#note({ kind: 'logout refused', session: name, token });
      else this.#noteUnexpected(answer);
      break;
    }
    session.spent.push(token);
    this.#ended.push(session);
    this.#session = undefined;
    for (const node of this.#deps.nodes) await this.#look(session, node);
  }
}

interface RequestParts {
  readonly node?: ChaosNode | undefined;
  readonly token?: string;
  readonly key?: string | undefined;
  readonly json?: unknown;
}
