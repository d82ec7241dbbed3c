import { type DatabaseProxy, startProxy } from './proxy.ts';

/** Stands between a server and its database, and can cut a connection at the worst moment. */
export interface CuttingProxy extends DatabaseProxy {
  /**
   * The next answer to a statement that has this text in it does not arrive: the connection is cut
   * when the database has given it, and so has committed.
   */
  cutAnswerTo(text: string): void;
  /**
   * The answer to the commit of the next transaction that has this text in it does not arrive. Others
   * commit meanwhile: the server's own work in the background.
   */
  cutCommitOf(text: string): void;
  /** The next statement that has this text in it does not arrive: its connection is cut before. */
  cutBefore(text: string): void;
  /** How many connections were cut. */
  cuts(): number;
}

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  let after: string | undefined;
  let before: string | undefined;
  let commitOf: string | undefined;
  let cuts = 0;
  /** The texts of the statements that were prepared, by their names, which later messages have alone. */
  const prepared = new Map<string, string>();

  function learnNames(bytes: Buffer): void {
    for (const [, name = '', text = ''] of bytes
      .toString('latin1')
      .matchAll(/(latchkey_[0-9a-f]{32})\0([^\0]+)\0/g)) {
      if (text.includes(' ')) prepared.set(name, text);
    }
  }

  const isOf = (bytes: Buffer, part: string) =>
    bytes.includes(part) ||
    [...prepared].some(([name, text]) => text.includes(part) && bytes.includes(name));

  const proxy = await startProxy(databaseUrl, (client, database) => {
    let isDoomed = false;
    let isDoomedToCommit = false;
    const cut = () => {
      cuts += 1;
      client.destroy();
      database.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      learnNames(bytes);
      if (before !== undefined && isOf(bytes, before)) {
        before = undefined;
        cut();
        return;
      }
      if (after !== undefined && isOf(bytes, after)) {
        after = undefined;
        isDoomed = true;
      }
      if (commitOf !== undefined && isOf(bytes, commitOf)) {
        commitOf = undefined;
        isDoomedToCommit = true;
      }
      if (isDoomedToCommit && bytes.includes('commit')) isDoomed = true;
      database.write(bytes);
    });
    database.on('data', (bytes) => {
      if (isDoomed) cut();
      else client.write(bytes);
    });
  });
  return {
    ...proxy,
    cutAnswerTo(text) {
      after = text;
    },
    cutCommitOf(text) {
      commitOf = text;
    },
    cutBefore(text) {
      before = text;
    },
    cuts: () => cuts,
  };
}
