import type { Logger } from 'pino';
import { lacksPublicUrl } from '../config/network-config.ts';
import { platformVariables, unknownVariables, variablesText } from '../config/unknown-variables.ts';
import { createSealKeys, isSecretForeign } from '../features/platform/audit/index.ts';
import { countLostSessions } from '../features/sign-in/sessions/index.ts';
import { countOf } from '../lib/words.ts';
import type { SecretKeys } from '../workspace/secret-keys.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What to do if the secret is not the one that the database was used with. */
export const oldSecretAdvice =
  'Put the old secret-key back, or name the old secret in LATCHKEY_SECRET_KEY_FALLBACKS, and restart the server.';

const variablesOfService =
  'Kubernetes has put the URL of a Service into what is a variable of ours; to give a port of your own ' +
  'use the flag, or name the Service otherwise';

const noPublicUrl =
  'LATCHKEY_PUBLIC_URL is not set: links, as of invitations, begin with where this process listens, ' +
  'which others may not reach';

const noMail =
  'LATCHKEY_SMTP_URL is not set: no mail is sent, so nobody can reset a password or confirm an email';

/** Says what is wrong, and keeps nobody from starting. */
export async function warnAtStart(
  workspace: Pick<Workspace, 'config' | 'database' | 'clock'>,
  secretKeys: SecretKeys,
  log: Logger,
): Promise<void> {
  const leftOut = platformVariables();
  if (leftOut.length > 0) log.warn({ variables: leftOut }, `left out: ${variablesOfService}`);
  if (lacksPublicUrl(workspace.config)) log.warn(noPublicUrl);
  if (!workspace.config.mail) log.warn(noMail);
  const unknown = unknownVariables();
  if (unknown.length > 0) {
    const variables = unknown.map(({ name }) => name);
    log.warn({ variables }, `not known, so it does nothing: ${variablesText(unknown)}`);
  }
  await warnOfForeignSecret(workspace, secretKeys, log);
}

async function warnOfForeignSecret(
  { database: { db }, clock }: Pick<Workspace, 'database' | 'clock'>,
  { secretKey, secretKeyFallbacks }: SecretKeys,
  log: Logger,
): Promise<void> {
  const secretKeys = [secretKey, ...secretKeyFallbacks];
  if (!(await isSecretForeign(db, createSealKeys(secretKeys)))) return;
  const { count } = (await countLostSessions(db, secretKeys, clock.nowMs())) ?? { count: 0 };
  log.error(
    { sessions: count },
    `this secret is not the one that the database was used with: ${countOf(count, 'session')} will ` +
      `not be refreshed. ${oldSecretAdvice}`,
  );
}
