import type { Command } from 'commander';
import { type Config, type ConfigFlags, readConfig } from '../../config/config.ts';
import { countOf, durationInWords } from '../../lib/words.ts';
import { CommandError } from '../../terminal/command-error.ts';
import { jsonOption, moment, note, print, printJson } from '../../terminal/output.ts';
import { confirm, yesOption } from '../../terminal/prompts.ts';
import {
  knownSecrets,
  retirableAtMs,
  retireStoredSecrets,
  rotateStoredSecret,
  secretKeyPath,
  storedSecrets,
} from '../../workspace/secret-keys.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { recordEvent } from '../record-event.ts';

interface SecretFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
}

export function addSecretCommands(program: Command): void {
  const secret = program
    .command('secret')
    .description('Replace the secret in the data folder. It is never printed.')
    .addHelpText(
      'after',
      '\nIf the secret is in LATCHKEY_SECRET_KEY and not in the data folder, put a new secret into\n' +
        'that variable, and the previous one into LATCHKEY_SECRET_KEY_FALLBACKS.\n' +
        examples('latchkey secret rotate'),
    );

  secret
    .command('rotate')
    .description('Create a new secret. Earlier secrets stay valid, so nobody is logged out.')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nThe server uses it once it is restarted. If the old secret was stolen, retire it\n' +
        'at once: everybody then signs in again.\n' +
        examples('latchkey secret rotate'),
    )
    .action((_options: unknown, command: Command) => rotate(command.optsWithGlobals()));

  secret
    .command('retire')
    .description(
      'Remove the earlier secrets. Their tokens are refused after a restart of the server.',
    )
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nFirst the audit log is sealed with the current secret. If that is in LATCHKEY_SECRET_KEY,\n' +
        'the command does nothing else: remove the older secrets from\n' +
        'LATCHKEY_SECRET_KEY_FALLBACKS yourself.\n' +
        examples('latchkey secret retire'),
    )
    .action((_options: unknown, command: Command) => retire(command.optsWithGlobals()));
}

/** @throws CommandError if the secret is not in the data folder */
function requireStoredSecret(config: Config): void {
  if (config.secretKey === undefined) return;
  throw new CommandError(
    'The secret is in LATCHKEY_SECRET_KEY, not in the data folder. Put a new secret into that variable, ' +
      'and the previous one into LATCHKEY_SECRET_KEY_FALLBACKS.',
  );
}

async function rotate(flags: SecretFlags): Promise<void> {
  const config = readConfig(flags);
  requireStoredSecret(config);
  const older = rotateStoredSecret(config.dataDir);
  await recordEvent(flags, {
    ...{ kind: 'secret.rotated', actor: cliActor(), atMs: Date.now() },
    details: { older_secrets: older },
  });
  const file = secretKeyPath(config.dataDir);
  if (flags.json) {
    printJson({ file, older_secrets: older });
    return;
  }
  print(`Made a new secret in ${file}; ${countOf(older, 'older one')} still good.`);
  note(
    'Restart the server to use it, and keep a copy of the file. "latchkey doctor" says when ' +
      '"latchkey secret retire" logs nobody out.',
  );
}

async function retire(flags: SecretFlags): Promise<void> {
  const config = readConfig(flags);
  if (config.secretKey !== undefined && config.secretKeyFallbacks.length > 0) {
    return retireConfigured(flags);
  }
  requireStoredSecret(config);
  const file = secretKeyPath(config.dataDir);
  const older = (storedSecrets(config.dataDir)?.length ?? 1) - 1;
  if (older > 0) {
    const seconds = await sessionSeconds(flags);
    const dueMs = retirableAtMs(config.dataDir, seconds);
    const count = countOf(older, 'older secret');
    const lost =
      dueMs <= Date.now()
        ? `Sessions that were not refreshed for ${durationInWords(seconds)} are over anyway.`
        : `Before ${moment(dueMs)} this logs out users who have not refreshed since the rotation.`;
    await confirm(`Drop ${count}? ${lost}`, flags.yes);
  }
  if (older > 0) await moveToCurrent(flags);
  const retired = retireStoredSecrets(config.dataDir);
  if (retired > 0) {
    await recordEvent(flags, {
      ...{ kind: 'secret.retired', actor: cliActor(), atMs: Date.now() },
      details: { retired_secrets: retired },
    });
  }
  if (flags.json) return printJson({ file, retired_secrets: retired });
  if (retired === 0) return print('There are no older secrets.');
  print(`Dropped ${countOf(retired, 'older secret')} from ${file}.`);
  note(
    'Restart the server: until then it accepts them, and what happens waits for its seal in the audit log.',
  );
}

/** What can be done of it where the secrets are the operator's: from then on each older one can go. */
async function retireConfigured(flags: SecretFlags): Promise<void> {
  await moveToCurrent(flags);
  if (flags.json) return printJson({ file: null, retired_secrets: 0 });
  print('The audit log and the authenticator apps need LATCHKEY_SECRET_KEY, and no older one.');
  note('Leave LATCHKEY_SECRET_KEY_FALLBACKS out, and restart the server.');
}

/**
 * Seals the end of the audit log and the secrets of authenticator apps under the current secret, so that nothing of them
 * needs the older ones.
 */
async function moveToCurrent(flags: ConfigFlags): Promise<void> {
  const [{ withWorkspace }, { adoptChain, createSealKeys }, { resealApps }, { createServerLog }] =
    await Promise.all([
      import('../../workspace/workspace.ts'),
      import('../../features/platform/audit/index.ts'),
      import('../../features/sign-in/factors/index.ts'),
      import('../../server/log.ts'),
    ]);
  const { log } = await createServerLog('error');
  await withWorkspace(flags, async ({ config, database, clock }) => {
    const secrets = knownSecrets(config);
    const [secretKey = '', ...secretKeyFallbacks] = secrets;
    await resealApps({ database, secretKey, secretKeyFallbacks });
    await adoptChain({ database, clock, log, sealKeys: createSealKeys(secrets) });
  });
}

/** How long a session lives without being refreshed. */
async function sessionSeconds(flags: ConfigFlags): Promise<number> {
  const { withWorkspace } = await import('../../workspace/workspace.ts');
  return withWorkspace(flags, async ({ settings }) => settings.get('REFRESH_TOKEN_LIFETIME'));
}
