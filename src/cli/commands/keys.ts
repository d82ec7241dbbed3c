import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type { SigningKeys } from '../../features/platform/keys/index.ts';
import { CommandError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  moment,
  note,
  print,
  printJson,
  printTable,
  timestamp,
} from '../../terminal/output.ts';
import { confirm, yesOption } from '../../terminal/prompts.ts';
import { knownSecrets } from '../../workspace/secret-keys.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';

interface KeyFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
}

type ListedKey = Awaited<ReturnType<SigningKeys['list']>>[number];

export function addKeysCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('List, rotate and revoke the keys that sign access tokens with ES256 or EdDSA.')
    .addHelpText('after', examples('latchkey keys list'));

  keys
    .command('list')
    .description('List the keys, with their state and since when.')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nnext: published, and will sign. signs: does now. verifies: has signed, and its\n' +
        'tokens may still live. revoked: its tokens are refused.\n' +
        examples('latchkey keys list'),
    )
    .action((_options: unknown, command: Command) => list(command.optsWithGlobals()));

  keys
    .command('rotate')
    .description(
      'Create the next key now. It starts to sign 15 minutes later, when all verifiers know it.',
    )
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nKeys rotate automatically (SIGNING_KEY_ROTATION). Revoke a key that was stolen: after a\n' +
        'rotation its tokens are still accepted.\n' +
        examples('latchkey keys rotate'),
    )
    .action((_options: unknown, command: Command) => rotate(command.optsWithGlobals()));

  keys
    .command('revoke')
    .description(
      'Revoke a key. Its tokens are refused from the next request on, and clients refresh.',
    )
    .argument('<kid>', 'the id of the key, from "latchkey keys list"')
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nIf it is the key that signs, the server makes another at once. Services that keep\n' +
        'the published keys accept the old one for as long as they keep them, five minutes.\n' +
        examples('latchkey keys revoke kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'),
    )
    .action((kid: string, _options: unknown, command: Command) =>
      revoke(kid, command.optsWithGlobals()),
    );
}

/** Runs a task on the keys. What that takes is loaded only now: help must not wait for it. */
async function withKeys(
  flags: KeyFlags,
  task: (keys: SigningKeys, workspace: Workspace) => Promise<void>,
): Promise<void> {
  const [{ withWorkspace }, { createSigningKeys }] = await Promise.all([
    import('../../workspace/workspace.ts'),
    import('../../features/platform/keys/index.ts'),
  ]);
  await withWorkspace(flags, async (workspace) => {
    const secretKeys = knownSecrets(workspace.config);
    await task(createSigningKeys({ ...workspace, secretKeys }), workspace);
  });
}

async function list(flags: KeyFlags): Promise<void> {
  await withKeys(flags, async (keys, { settings }) => {
    const listed = await keys.list();
    if (flags.json) return printJson(listed.map(jsonOf));
    if (listed.length > 0) {
      printTable(
        ['KID', 'ALGORITHM', 'STATE', 'SIGNS FROM', 'MADE'],
        listed.map((key) => [
          key.kid,
          key.algorithm,
          key.state,
          moment(key.activeAtMs),
          moment(key.createdAtMs),
        ]),
      );
    } else note('There are no keys.');
    const algorithm = settings.get('ACCESS_TOKEN_ALGORITHM');
    if (algorithm === 'HS256')
      note('Tokens are signed with the secret: ACCESS_TOKEN_ALGORITHM is HS256.');
    else if (!listed.some((key) => key.algorithm === algorithm))
      note(`A server that runs makes the first one for ${algorithm} within seconds.`);
  });
}

async function rotate(flags: KeyFlags): Promise<void> {
  const { startNextKey } = await import('../../features/platform/keys/index.ts');
  await withKeys(flags, async (keys, { settings }) => {
    const { kid, algorithm, activeAtMs } = await startNextKey({ keys, settings }, cliActor());
    if (flags.json) return printJson({ kid, algorithm, active_at: timestamp(activeAtMs) });
    print(`Made ${kid}. It is published now, and signs from ${moment(activeAtMs)} on.`);
  });
}

async function revoke(kid: string, flags: KeyFlags): Promise<void> {
  await withKeys(flags, async (keys) => {
    const key = (await keys.list()).find((listed) => listed.kid === kid);
    if (!key) throw new CommandError(`There is no key ${kid}. See: latchkey keys list`);
    if (key.state === 'revoked') throw new CommandError(`${kid} is revoked already.`);
    await confirm(`Refuse every token that ${kid} (${key.state}) has signed?`, flags.yes);
    await keys.revoke(kid, cliActor());
    if (flags.json) return printJson({ kid, state: 'revoked' });
    print(`Revoked ${kid}. Its tokens are refused from the next request on.`);
  });
}

function jsonOf(key: ListedKey) {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    created_at: timestamp(key.createdAtMs),
    active_at: timestamp(key.activeAtMs),
    revoked_at: key.revokedAtMs === null ? null : timestamp(key.revokedAtMs),
  };
}
