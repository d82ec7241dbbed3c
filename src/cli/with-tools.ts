import type { ConfigFlags } from '../config/config.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * Runs a task on the workspace with what it needs, which is loaded only now: help must not wait for it.
 *
 * @throws as `withWorkspace`
 */
export async function withTools<Tools>(
  flags: ConfigFlags,
  load: () => Promise<Tools>,
  task: (workspace: Workspace, tools: Tools) => Promise<void>,
): Promise<void> {
  const [{ withWorkspace }, tools] = await Promise.all([
    import('../workspace/workspace.ts'),
    load(),
  ]);
  await withWorkspace(flags, (workspace) => task(workspace, tools));
}
