import { type Answer, goodPassword, type RequestOptions, send } from '../harness.ts';
import type { Operation } from './history.ts';

/** Where the server is now; it moves with each restart. */
export interface Target {
  origin: string;
  isDead: boolean;
}

interface Deps {
  readonly target: Target;
  readonly history: Operation[];
  successorOf(token: string): string;
}

interface Session {
  readonly name: string;
  readonly accessToken: string;
  token: string;
  /** Not usable any more, the newest last. */
  readonly spent: string[];
  /** What was asked with the current token, and not answered. */
  open: 'nothing' | 'refresh' | 'logout';
}

let sessionCount = 0;
const pick = (count: number) => Math.floor(Math.random() * count);

/** One user with one session at a time, who does one thing after another and notes what comes of it. */
export class Client {
  readonly #deps: Deps;
  readonly #email: string;
  readonly #isRegistered: { answer: 'yes' | 'no' | 'unknown' } = { answer: 'no' };
  readonly #ended: Session[] = [];
  #session: Session | undefined;
  #names = 0;

  constructor(deps: Deps, number: number) {
    this.#deps = deps;
    this.#email = `client${number}@example.com`;
  }

  /** Works until the server is killed. */
  async work(): Promise<void> {
    while (!this.#deps.target.isDead) {
      if (this.#isRegistered.answer !== 'yes') await this.#register();
      else if (!this.#session) await this.#signIn();
      else await this.#act(this.#session);
    }
  }

  #act(session: Session): Promise<void> {
    const dice = pick(100);
    if (dice < 60) return this.#refresh(session);
    if (dice < 70) return this.#refreshTwice(session);
    if (dice < 95) return this.#changeName(session);
    return this.#logOut(session);
  }

  /** After a restart: asks for all that this client knows, and settles what was not answered. */
  async verify(): Promise<void> {
    if (this.#isRegistered.answer !== 'no') await this.#lookUp();
    const session = this.#session;
    if (session) {
      await this.#settle(session);
      if (this.#session) await this.#readName(session);
    }
    const last = this.#ended.at(-1);
    if (last) await this.#expectEnded(last);
  }

  /** At the very end: tries every token that was ever used. Reuse ends sessions. */
  async reuseAll(): Promise<void> {
    for (const session of [...this.#ended, this.#session]) {
      for (const token of session?.spent.slice(-20) ?? []) {
        await this.#tryRefresh(session as Session, token);
      }
    }
  }

  #note(operation: Operation): void {
    this.#deps.history.push(operation);
  }

  /** Undefined if no whole answer came. */
  async #send(method: string, path: string, options: RequestOptions): Promise<Answer | undefined> {
    try {
      return await send(this.#deps.target.origin, method, path, options);
    } catch (error) {
      const what = `${method} ${path}: ${error} ${(error as Error).cause ?? ''}`;
      this.#note({ kind: 'no answer', client: this.#email, what });
      return undefined;
    }
  }

  #noteUnexpected(answer: Answer): void {
    this.#note({ kind: 'unexpected answer', what: `${answer.status} ${answer.text}` });
  }

  async #register(): Promise<void> {
    const email = this.#email;
    const json = { email, password: goodPassword };
    const answer = await this.#send('POST', '/api/register/', { json });
    if (!answer) {
      this.#isRegistered.answer = 'unknown';
      this.#note({ kind: 'registration unknown', email });
    } else if (answer.status === 201) {
      this.#isRegistered.answer = 'yes';
      this.#note({ kind: 'registered', email, id: answer.body.id });
    } else {
      this.#noteUnexpected(answer);
    }
  }

  async #lookUp(): Promise<void> {
    const email = this.#email;
    // A registration that cannot succeed, but says whether the email is taken.
    const answer = await this.#send('POST', '/api/register/', { json: { email, password: '' } });
    if (!answer) return;
    const isTaken = answer.body.email !== undefined;
    this.#isRegistered.answer = isTaken ? 'yes' : 'no';
    this.#note({ kind: 'email looked up', email, isTaken });
  }

  async #signIn(): Promise<void> {
    const json = { email: this.#email, password: goodPassword };
    const answer = await this.#send('POST', '/api/login/', { json });
    if (!answer) return; // a session that nobody knows
    if (answer.status !== 200) return this.#noteUnexpected(answer);
    sessionCount += 1;
    const { access_token: accessToken, refresh_token: token } = answer.body;
    const name = `${this.#email} ${sessionCount}`;
    this.#session = { name, accessToken, token, spent: [], open: 'nothing' };
    this.#note({ kind: 'signed in', session: name, token });
  }

  async #refresh(session: Session): Promise<void> {
    await this.#tryRefresh(session, session.token);
  }

  /** Sends a token to be refreshed, whether or not it is the current one. */
  async #tryRefresh(session: Session, token: string): Promise<void> {
    this.#noteRefresh(session, token, await this.#sendRefresh(token));
  }

  #sendRefresh(token: string): Promise<Answer | undefined> {
    return this.#send('POST', '/api/refresh/', { json: { refresh_token: token } });
  }

  #noteRefresh(session: Session, token: string, answer: Answer | undefined): void {
    const known = { session: session.name, token };
    if (!answer) {
      this.#note({ kind: 'refresh unknown', ...known });
      if (token === session.token) session.open = 'refresh';
    } else if (answer.status === 200) {
      const next = answer.body.refresh_token;
      this.#note({ kind: 'refreshed', ...known, next });
      session.spent.push(token);
      session.token = next;
      session.open = 'nothing';
    } else if (answer.status === 400 && answer.body.error === 'Invalid refresh token') {
      this.#note({ kind: 'refresh refused', ...known });
    } else {
      this.#noteUnexpected(answer);
    }
  }

  /** Two tabs at once, with one token: one of them gets the next. */
  async #refreshTwice(session: Session): Promise<void> {
    const { token } = session;
    const answers = await Promise.all([this.#sendRefresh(token), this.#sendRefresh(token)]);
    // An order in which it can have happened: what is not known came first.
    const rank = (answer: Answer | undefined) => (!answer ? 0 : answer.status === 200 ? 1 : 2);
    for (const answer of answers.sort((a, b) => rank(a) - rank(b))) {
      this.#noteRefresh(session, token, answer);
    }
  }

  async #changeName(session: Session): Promise<void> {
    this.#names += 1;
    const name = `${this.#email.split('@')[0]}.${this.#names}`;
    const answer = await this.#send('PUT', '/api/me/', {
      json: { username: name },
      token: session.accessToken,
    });
    const user = this.#email;
    if (!answer) this.#note({ kind: 'name change unknown', user, name });
    else if (answer.status === 200) this.#note({ kind: 'name changed', user, name });
    else this.#noteUnexpected(answer);
  }

  async #readName(session: Session): Promise<void> {
    const answer = await this.#send('GET', '/api/me/', { token: session.accessToken });
    if (!answer) return;
    this.#note({ kind: 'session seen', session: session.name, isLive: answer.status === 200 });
    if (answer.status === 200) {
      this.#note({ kind: 'name read', user: this.#email, name: answer.body.username });
    }
  }

  async #logOut(session: Session): Promise<void> {
    const { name, token } = session;
    const answer = await this.#send('POST', '/api/logout/', { json: { refresh_token: token } });
    if (!answer) {
      this.#note({ kind: 'logout unknown', session: name, token });
      session.open = 'logout';
    } else if (answer.status === 200) {
      this.#note({ kind: 'logged out', session: name, token });
      this.#end(session);
    } else {
      this.#noteUnexpected(answer);
    }
  }

  #end(session: Session): void {
    session.spent.push(session.token);
    this.#ended.push(session);
    this.#session = undefined;
  }

  /** Finds out what became of what was not answered: the checker judges it. */
  async #settle(session: Session): Promise<void> {
    const { token, open } = session;
    const previous = session.spent.at(-1);
    if (previous !== undefined && open === 'nothing') await this.#tryRefresh(session, previous);
    if (open === 'nothing') return;
    await this.#tryRefresh(session, token);
    if (session.token !== token) {
      await this.#tryRefresh(session, token); // it was good: not again
      return;
    }
    if (open === 'refresh') {
      session.spent.push(token);
      session.token = this.#deps.successorOf(token);
      await this.#tryRefresh(session, session.token);
    } else {
      this.#end(session);
    }
  }

  async #expectEnded(session: Session): Promise<void> {
    await this.#tryRefresh(session, session.token);
    const answer = await this.#send('GET', '/api/me/', { token: session.accessToken });
    if (!answer) return;
    this.#note({ kind: 'session seen', session: session.name, isLive: answer.status === 200 });
  }
}
