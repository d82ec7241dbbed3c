import type { PasswordPolicy, Passwords } from '../features/identity/passwords/index.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What checks and hashes passwords in a command. */
interface PasswordTools {
  readonly passwordPolicy: PasswordPolicy;
  /** Runs a task with threads that hash, and ends them. */
  withPasswords<T>(task: (passwords: Passwords) => Promise<T>): Promise<T>;
}

export async function passwordTools({ config, settings }: Workspace): Promise<PasswordTools> {
  const [{ createPasswordPolicy, createPasswords }, { createMetrics }, { createServerLog }] =
    await Promise.all([
      import('../features/identity/passwords/index.ts'),
      import('../http/metrics.ts'),
      import('../server/log.ts'),
    ]);
  const { breachRangeUrl } = config;
  const { log } = await createServerLog('warn');
  const deps = { settings, log, metrics: createMetrics(), breachRangeUrl };
  return {
    passwordPolicy: createPasswordPolicy(deps),
    async withPasswords(task) {
      const passwords = createPasswords(deps, 1);
      try {
        return await task(passwords);
      } finally {
        await passwords.close();
      }
    },
  };
}
