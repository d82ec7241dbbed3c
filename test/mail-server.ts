import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import {
  SMTPServer,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import type { MailDelivery, SmtpServer } from '../src/lib/mail-delivery.ts';
import { until } from './eventually.ts';

/** A real SMTP server that does as a test tells it, and what it was given. */

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly mail: ParsedMail;
  /** As it came over the line. */
  readonly source: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}

/**
 * What the server does with one mail: takes it, answers with a reply, never answers (`stall`), takes it and hangs up
 * before it says so (`cut`), or takes it and does something else before it says so.
 */
export type Turn =
  | 'take'
  | 'stall'
  | 'cut'
  | { readonly at: 'rcpt' | 'data'; readonly reply: string }
  | { beforeReply(): Promise<void> };

export interface MailServer extends AsyncDisposable {
  readonly received: readonly ReceivedMail[];
  readonly server: SmtpServer;
  /** As the configuration has it. */
  readonly delivery: MailDelivery;
  readonly url: string;
  /** What it does with the next mails, one after the other; then it takes them. */
  plan(...turns: readonly Turn[]): void;
  /** Waits until so many mails have come, and gives the last of them. */
  next(count?: number): Promise<ReceivedMail>;
  /** How often somebody has connected. */
  readonly connections: number;
  /** Ends the connections that there are. */
  hangUp(): void;
  /** Nobody can connect until it listens again, at the same port. */
  close(): Promise<void>;
  listen(): Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const turns: Turn[] = [];
  const sockets = new Set<Socket>();
  const turnOf = new WeakMap<SMTPServerSession, Turn>();
  let port = 0;
  let connections = 0;
  let smtp: SMTPServer;

  function replyOf(turn: Turn | undefined, at: 'rcpt' | 'data'): Error | undefined {
    if (typeof turn !== 'object' || !('at' in turn) || turn.at !== at) return undefined;
    const [code, ...text] = turn.reply.split(' ');
    return Object.assign(new Error(text.join(' ')), { responseCode: Number(code) });
  }

  async function take(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    answer: (error?: Error | null, reply?: string) => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const source = Buffer.concat(chunks);
    const turn = turnOf.get(session);
    const error = replyOf(turn, 'data');
    if (error) return answer(error);
    if (turn === 'stall') return;
    const { mailFrom, rcptTo } = session.envelope;
    received.push({
      to: rcptTo.map(({ address }) => address),
      from: mailFrom === false ? '' : mailFrom.address,
      mail: await simpleParser(source),
      source: source.toString(),
      isEncrypted: session.secure,
      user: session.user as unknown as string | undefined,
    });
    if (typeof turn === 'object' && 'beforeReply' in turn) await turn.beforeReply();
    if (turn !== 'cut') return answer(null, 'Taken by the test');
    hangUp();
  }

  function hangUp(): void {
    for (const socket of sockets) socket.destroy();
  }

  async function listen(): Promise<void> {
    smtp = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      disableReverseLookup: true,
      onRcptTo(_address, session, answer) {
        const turn = turns.shift() ?? 'take';
        turnOf.set(session, turn);
        answer(replyOf(turn, 'rcpt'));
      },
      onData: (stream, session, answer) => {
        take(stream, session, answer).catch(() => undefined); // the client hung up
      },
      ...options,
    });
    smtp.on('error', () => undefined); // a client that hangs up
    smtp.server.on('connection', (socket: Socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    smtp.listen(port, '127.0.0.1');
    await once(smtp.server, 'listening');
  }

  /** Begins to listen at a port that nobody else takes while it does not: the system gives out none of these. */
  async function listenAnywhere(): Promise<void> {
    for (;;) {
      port = randomInt(10_000, 30_000);
      try {
        return await listen();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  async function close(): Promise<void> {
    hangUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    smtp.close(() => resolve());
    await promise;
  }

  await listenAnywhere();
  const server: SmtpServer = {
    ...{ host: '127.0.0.1', port, isImplicitTls: false, isLocal: true },
    ...{ user: undefined, password: undefined },
  };
  return {
    received,
    server,
    delivery: { by: 'smtp', server, from: { name: 'Test', email: 'no-reply@mail.example' } },
    url: `smtp://127.0.0.1:${port}`,
    plan: (...planned) => void turns.push(...planned),
    async next(count = 1) {
      await until(() => received.length >= count);
      return received[count - 1] as ReceivedMail;
    },
    get connections() {
      return connections;
    },
    hangUp,
    close,
    listen,
    [Symbol.asyncDispose]: close,
  };
}
