import type { Readable } from 'node:stream';
import type { SmtpServer } from '../../../lib/mail-delivery.ts';

/** One connection to the SMTP server (RFC 5321 4.1), with TLS and password, over which mails go one after the other. */
export interface SmtpSession {
  /** Whether mails can go over it. Not once it has failed, or one side has ended it. */
  readonly isOpen: boolean;
  /**
   * Hands a mail over. A session that has refused one is over.
   *
   * @param signal cuts the attempt off, and ends the session
   * @returns what the server said
   * @throws Error of nodemailer, with its `code`, and the reply of the server if there was one
   */
  send(
    envelope: { readonly from: string; readonly to: string },
    message: Readable,
    signal: AbortSignal,
  ): Promise<string>;
  /** Says good-bye, which takes a moment that nobody need wait for. */
  quit(): void;
  /** Ends it at once. */
  close(): void;
}

const secondMs = 1_000;

function optionsOf({ host, port, isImplicitTls, isLocal }: SmtpServer) {
  return {
    host,
    port,
    secure: isImplicitTls,
    requireTLS: !isImplicitTls && !isLocal,
    ...(isLocal && { tls: { rejectUnauthorized: false } }), // the certificate of a relay on this machine
    connectionTimeout: 10 * secondMs,
    greetingTimeout: 10 * secondMs,
    dnsTimeout: 10 * secondMs,
    socketTimeout: 20 * secondMs,
    socketCloseTimeout: secondMs,
    maxResponseSize: 64 * 1024,
    logger: false,
  } as const;
}

/**
 * Connects. Nodemailer is loaded with the first one.
 *
 * @throws Error of nodemailer that says what is wrong
 */
export async function openSession(server: SmtpServer, signal: AbortSignal): Promise<SmtpSession> {
  const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection');
  const connection = new SmtpConnection(optionsOf(server));
  const { user, password = '' } = server;
  let isOpen = true;
  connection.once('end', () => {
    isOpen = false;
  });

  /** Begins something that ends by its callback, with the connection, or with the signal. */
  function until<T>(
    by: AbortSignal,
    begin: (done: (error: Error | null | undefined, result?: T) => void) => void,
  ): Promise<T | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const abort = () => {
      reject(new Error('It took too long.'));
      close();
    };
    connection.once('error', reject);
    by.addEventListener('abort', abort, { once: true });
    if (by.aborted) abort();
    else begin((error, result) => (error ? reject(error) : resolve(result)));
    return promise.finally(() => {
      connection.removeListener('error', reject);
      by.removeEventListener('abort', abort);
    });
  }

  function close(): void {
    isOpen = false;
    connection.close();
  }

  connection.on('error', close); // also between two mails, where nobody waits
  await until(signal, (done) => connection.connect(done));
  if (user !== undefined) {
    const credentials = { user, pass: password };
    await until(signal, (done) => connection.login({ user, credentials }, done));
  }

  return {
    get isOpen() {
      return isOpen;
    },
    async send({ from, to }, message, by) {
      try {
        const sent = await until<{ response: string }>(by, (done) =>
          connection.send({ from, to: [to] }, message, done),
        );
        return sent?.response ?? '';
      } catch (error) {
        close();
        throw error;
      }
    },
    quit() {
      isOpen = false;
      connection.quit();
    },
    close,
  };
}
