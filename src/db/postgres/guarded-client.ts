import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import {
  ConnectionLostError,
  endsConnection,
  isReadOnly,
  isStatementLost,
  translateDatabaseError,
} from '../errors.ts';
import { statementName } from '../prepared.ts';
import type { PostgresClientConfig } from './connection-url.ts';

/** PostgreSQL's type of 64-bit integers, which `pg` gives as text. Ours are all below 2^53. */
const int8 = 20;

type TypeParsers = typeof pg.types.getTypeParser;

export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as TypeParsers,
};

/** The event of a connection whose server turns out to be a replica. */
export const becameReadOnly = 'became read-only';

type Query = (text: string, values?: unknown[]) => Promise<pg.QueryResult>;
type Ask = (query: string | pg.QueryConfig, values?: unknown[]) => Promise<pg.QueryResult>;

/**
 * A connection whose errors are those of the program, and which is not used again if nobody knows what it would
 * answer next. It answers only by promises, so the pool's own `query`, which passes a callback, cannot be used.
 *
 * It prepares the statements that are compiled once, which saves the server their planning. Not behind a pooler,
 * where the next transaction may run in another session, which does not know them.
 */
export class GuardedClient extends pg.Client {
  constructor(config?: PostgresClientConfig) {
    super(config);
    if (config?.requireChannelBinding) requireChannelBinding(this);
    // A connection that breaks tells the statement that is under way, and the next one. Without a
    // listener the event would end the process as well.
    this.on('error', () => undefined);
    const ask = super.query.bind(this) as unknown as Ask;
    /** Undefined until it is asked. */
    let isPreparing: boolean | undefined;
    let isInTransaction = false;
    /** What ended it: that, and not what the end does to the rollback, is what everybody is told. */
    let ending: unknown;
    const askByName: Query = async (text, values = []) => {
      const name = statementName(text);
      if (name === undefined) return ask(text, values);
      isPreparing ??= await isSessionOf(this, ask);
      if (!isPreparing) return ask(text, values);
      try {
        return await ask({ name, text, values });
      } catch (error) {
        if (!isStatementLost(error)) throw error;
        isPreparing = false;
        if (isInTransaction) throw error; // which has failed, and is run again as a whole
        return ask(text, values);
      }
    };
    const query: Query = async (text, values) => {
      if (ending !== undefined) throw ending;
      if (/^(begin|start transaction)\b/.test(text)) isInTransaction = true;
      else if (/^(commit|rollback)$/.test(text)) isInTransaction = false;
      try {
        return await askByName(text, values);
      } catch (thrown) {
        const cause = isConnectionError(thrown)
          ? new ConnectionLostError(thrown, text === 'commit')
          : withoutValues(thrown);
        const error = translateDatabaseError(cause);
        if (endsConnection(cause)) {
          ending = error;
          if (isReadOnly(cause)) this.emit(becameReadOnly);
          this.end().catch(() => undefined);
        }
        throw error;
      }
    };
    this.query = query as unknown as pg.Client['query'];
  }
}

/** Whether the session is that of the connection: a pooler tells its clients of none that there is. */
async function isSessionOf(client: pg.Client, ask: Ask): Promise<boolean> {
  const { rows } = await ask('select pg_backend_pid() as pid');
  const { processID } = client as unknown as { processID: number | null };
  return rows[0]?.pid === processID;
}

/**
 * Ends the connection before the password is sent, or a statement, where the server does not authenticate
 * by SCRAM that is bound to the TLS connection. `pg` itself only prefers it.
 */
function requireChannelBinding(client: pg.Client): void {
  const { connection } = client as unknown as { connection: EventEmitter & { stream: Duplex } };
  let isBound = false;
  const refuse = () => {
    connection.removeAllListeners('readyForQuery'); // it may have come along with the rest
    connection.emit('error', new Error('The server does not offer channel binding.'));
    connection.stream.destroy();
  };
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isBound = mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (!isBound) refuse();
  });
  connection.on('authenticationCleartextPassword', refuse);
  connection.on('authenticationMD5Password', refuse);
  connection.on('authenticationOk', () => {
    if (!isBound) refuse();
  });
}

const endings =
  /^(Connection terminated|Client (has encountered|was closed)|Query read timeout|timeout exceeded|timeout expired)/;

/** Whether an error is about the connection: an error of the system, or one that `pg` describes only in words. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof pg.DatabaseError) return false;
  return 'syscall' in error || /^E[A-Z_]+$/.test(codeOf(error)) || endings.test(error.message);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

/** PostgreSQL puts the values of rows, such as emails, into the details of an error. */
function withoutValues(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    Object.assign(error, { detail: undefined, where: undefined, internalQuery: undefined });
  }
  return error;
}
