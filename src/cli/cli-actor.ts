import { userInfo } from 'node:os';
import type { Actor } from '../features/platform/audit/index.ts';

/** The user of the command line, as the audit log and the history of settings have it. */
export function cliActor(): Actor & { kind: 'cli' } {
  return { kind: 'cli', name: systemUser() };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // in a container, a user may have no name
  }
}
