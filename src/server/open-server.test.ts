import { Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { drainTimes, hashPool, temporaryFolder } from '../../test/harness.ts';
import { Collected } from '../../test/server-here.ts';
import { serverEnvironment } from '../../test/server-process.ts';
import { atTerminal } from '../terminal/terminal.ts';
import { openServer } from './open-server.ts';

/** To whom a SQLite file belongs after a server that could not stop as it should: one in this process, of which a part fails. */

test.each([
  ['database', /^Another server \(process \d+\) runs on /],
  ['app', undefined],
] as const)(
  'the next server starts once the database is closed: where the %s fails to close',
  async (part, refusal) => {
    using folder = temporaryFolder();
    const terminal = { stdin: Readable.from([]), stdout: new Collected(), stderr: new Collected() };
    await atTerminal({ ...terminal, env: serverEnvironment() }, async () => {
      const open = () =>
        openServer({ data: folder.path }, { log: pino({ level: 'silent' }), drainTimes, hashPool });
      const first = await open();
      const failing: { close(): Promise<void> } = first[part];
      const close = failing.close.bind(failing);
      vi.spyOn(failing, 'close').mockImplementationOnce(async () => {
        await close();
        throw new Error('not closed');
      });
      await expect(first.close()).rejects.toThrow('not closed');
      const next = open().then((server) => server.close());
      if (refusal) await expect(next).rejects.toThrow(refusal);
      else await next;
    });
  },
);
