import type { MailWriter } from '../features/platform/mail/index.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * What writes the mails of a command, which a server sends; undefined if the command was not told of an SMTP server.
 *
 * @throws ConfigError if the secret cannot be read
 */
export async function mailWriterOf({
  config,
}: Pick<Workspace, 'config'>): Promise<
  { readonly mail: MailWriter; readonly secretKey: string } | undefined
> {
  const [mails, { knownSecrets }] = await Promise.all([
    import('../features/platform/mail/index.ts'),
    import('../workspace/secret-keys.ts'),
  ]);
  const { mail: mailDelivery } = config;
  const [secretKey] = knownSecrets(config);
  if (mailDelivery?.by !== 'smtp' || secretKey === undefined) return undefined;
  const mailTexts = mails.createMailTexts(); // of ours: it chooses a language, and a server writes it
  return { mail: mails.createMailWriter({ mailDelivery, secretKey, mailTexts }), secretKey };
}
