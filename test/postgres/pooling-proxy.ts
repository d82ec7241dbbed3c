import type { Socket } from 'node:net';
import { type DatabaseProxy, startProxy } from './proxy.ts';

/**
 * Stands between a server and its database as a transaction pooler does: what a transaction leaves
 * behind in its session is gone before the next one.
 */
export interface PoolingProxy extends DatabaseProxy {
  /** How many transactions have found a fresh session. */
  transactions(): number;
  /** The names that were given to statements: a pooler would not know them any more. */
  readonly statementNames: Set<string>;
}

/** PostgreSQL's messages: a type, a length that counts itself, and a body. */
interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

const discardAll = simpleQuery('discard all');

function simpleQuery(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

/** Cuts a stream into messages. */
function createReader(hasStartup: boolean) {
  let held: Buffer = Buffer.alloc(0);
  let isStarted = !hasStartup;
  return function* read(bytes: Buffer): Generator<Message> {
    held = Buffer.concat([held, bytes]);
    for (;;) {
      const head = isStarted ? 1 : 0; // the first message of a client has no type
      if (held.length < head + 4) return;
      const length = head + held.readInt32BE(head);
      if (held.length < length) return;
      const message = held.subarray(0, length);
      held = held.subarray(length);
      yield { type: isStarted ? String.fromCharCode(message[0] ?? 0) : 'startup', bytes: message };
      isStarted = true;
    }
  };
}

/** @param options whether clients are told of the session that they got, which is soon another's */
export async function startPoolingProxy(
  databaseUrl: string,
  { showsSession = false } = {},
): Promise<PoolingProxy> {
  const statementNames = new Set<string>();
  let transactions = 0;

  function relay(client: Socket, database: Socket): void {
    const readClient = createReader(true);
    const readDatabase = createReader(false);
    let session: 'starting' | 'used' | 'emptying' | 'in use' = 'starting';
    let waiting: Buffer[] = [];

    function toDatabase({ type, bytes }: Message): void {
      if (type === 'P') {
        const name = bytes.subarray(5, bytes.indexOf(0, 5)).toString();
        if (name !== '') statementNames.add(name);
      }
      if (session === 'used' && type !== 'X') {
        session = 'emptying';
        database.write(discardAll);
      }
      if (session === 'emptying') {
        waiting.push(bytes);
        return;
      }
      database.write(bytes);
    }

    function toClient({ type, bytes }: Message): void {
      if (type === 'K' && !showsSession) bytes.writeInt32BE(1, 5); // its process
      const isIdle = type === 'Z' && bytes[5] === 'I'.charCodeAt(0);
      if (session !== 'emptying') {
        if (isIdle) session = 'used';
        client.write(bytes);
      } else if (isIdle) {
        transactions += 1;
        session = 'in use';
        for (const each of waiting) database.write(each);
        waiting = [];
      } else if (type === 'E') {
        throw new Error(`The proxy could not empty a session: ${bytes.toString()}`);
      }
    }

    client.on('data', (bytes: Buffer) => {
      for (const message of readClient(bytes)) toDatabase(message);
    });
    database.on('data', (bytes: Buffer) => {
      for (const message of readDatabase(bytes)) toClient(message);
    });
    for (const socket of [client, database]) socket.setNoDelay(); // it writes each message by itself
  }

  const proxy = await startProxy(databaseUrl, relay);
  return {
    ...proxy,
    statementNames,
    transactions: () => transactions,
  };
}
