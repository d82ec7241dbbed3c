import type { Workspace } from '../workspace/workspace.ts';

/**
 * The secret that the servers of a database work with: the one that sealed the audit log last. So what is sealed under it
 * opens for them, also where the secret was rotated and they were not restarted yet.
 *
 * @returns undefined if it is not known here
 */
export async function serverSecret({
  config,
  database,
}: Pick<Workspace, 'config' | 'database'>): Promise<string | undefined> {
  const [{ createSealKeys, isSecretForeign }, { knownSecrets }] = await Promise.all([
    import('../features/platform/audit/index.ts'),
    import('../workspace/secret-keys.ts'),
  ]);
  for (const secret of knownSecrets(config)) {
    if (!(await isSecretForeign(database.db, createSealKeys([secret])))) return secret;
  }
  return undefined;
}
