import type { ConfigFlags } from '../config/config.ts';
import type { AuditEvent } from '../features/platform/audit/index.ts';
import { note } from '../terminal/output.ts';

/**
 * Records what a command has done outside of the database. It is done already. So if it cannot be recorded (there is
 * no database yet, or migrations are missing), the command says so, and goes on.
 */
export async function recordEvent(flags: ConfigFlags, event: AuditEvent): Promise<void> {
  try {
    const [{ withWorkspace }, { record }] = await Promise.all([
      import('../workspace/workspace.ts'),
      import('../features/platform/audit/index.ts'),
    ]);
    await withWorkspace(flags, ({ database }) => database.transact((trx) => record(trx, event)));
  } catch (error) {
    note(`The audit log does not have it: ${(error as Error).message}`);
  }
}
