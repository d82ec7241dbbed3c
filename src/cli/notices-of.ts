import type { Notices } from '../features/identity/notices/index.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * By which users are told of what a command does with their account; a server sends them. Only where the command is
 * told of the same SMTP server: without it, it does not know what links begin with.
 *
 * @throws ConfigError if the secret cannot be read
 */
export async function noticesOf({ config, settings }: Workspace): Promise<Notices> {
  const [{ createNotices, noNotices }, mails, { knownSecrets }] = await Promise.all([
    import('../features/identity/notices/index.ts'),
    import('../features/platform/mail/index.ts'),
    import('../workspace/secret-keys.ts'),
  ]);
  const { mail: mailDelivery, publicUrl, host, port } = config;
  const [secretKey] = knownSecrets(config);
  if (mailDelivery?.by !== 'smtp' || secretKey === undefined) return noNotices;
  const mailTexts = mails.createMailTexts(); // of ours: it chooses a language, and a server writes it
  const mail = mails.createMailWriter({ mailDelivery, secretKey, mailTexts });
  const localUrl = `http://${host}:${port}/`;
  return createNotices({ settings, mail, secretKey, publicUrl: () => publicUrl ?? localUrl });
}
