import type { Notices } from '../features/identity/notices/index.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { linkBase } from './as-served.ts';
import { mailWriterOf } from './mail-writer.ts';

/**
 * By which users are told of what a command does with their account; a server sends them. Only where the command is
 * told of the same SMTP server: without it, it does not know what links begin with.
 *
 * @throws ConfigError if the secret cannot be read
 */
export async function noticesOf(workspace: Workspace): Promise<Notices> {
  const [{ createNotices, noNotices }, writer] = await Promise.all([
    import('../features/identity/notices/index.ts'),
    mailWriterOf(workspace),
  ]);
  if (!writer) return noNotices;
  const { settings, config } = workspace;
  const publicUrl = linkBase(config); // once: it opens the lock of the server
  return createNotices({ settings, ...writer, publicUrl: () => publicUrl });
}
