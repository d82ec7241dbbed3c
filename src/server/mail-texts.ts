import { type Config, ConfigError } from '../config/config.ts';
import { configLabel } from '../config/config-options.ts';
import { type AddedTexts, checkAddedTexts } from '../features/platform/mail/index.ts';

/**
 * The texts of mails that the configuration adds.
 *
 * @throws ConfigError that names everything that is wrong with them
 */
export async function loadMailTexts({ mailTexts }: Pick<Config, 'mailTexts'>): Promise<AddedTexts> {
  const { added, problems } = await checkAddedTexts(mailTexts);
  if (problems.length === 0) return added;
  throw new ConfigError(problems.map((problem) => `${configLabel('mailTexts')}: ${problem}`));
}
