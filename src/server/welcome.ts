import type { Config } from '../config/config.ts';
import type { MissingAdministrator } from './first-administrator.ts';
import { type OwnCommand, ownCommand } from './own-command.ts';

export interface Welcome {
  readonly listenUrl: string;
  readonly operations: string | undefined;
  readonly config: Pick<Config, 'dataDir' | 'database' | 'mail' | 'publicUrl'>;
  /** How many processes serve. */
  readonly workers: number;
  readonly isInMaintenance: boolean;
  /** Undefined if there is an administrator. */
  readonly missingAdministrator: MissingAdministrator | undefined;
}

/** The text that a start prints: where everything is. */
export function welcome(told: Welcome): string {
  const { listenUrl, operations, config, workers, isInMaintenance, missingAdministrator } = told;
  const command = ownCommand(config);
  const { publicUrl } = config;
  // Where others reach it, and where alone passkeys work; the public URL has a slash at its end.
  const url = publicUrl?.slice(0, -1) ?? listenUrl;
  return [
    '',
    `  Latchkey is running at ${url}`,
    '',
    `  Account pages    ${url}/account/`,
    `  Admin site       ${url}/admin/`,
    `  API reference    ${url}/docs`,
    ...(url === listenUrl ? [] : [`  Listens at       ${listenUrl}`]),
    `  Metrics          ${operations === undefined ? 'not served' : `${operations}/metrics`}`,
    `  Data folder      ${config.dataDir}`,
    `  Mail             ${mailText(config.mail, command)}`,
    ...(workers > 1 ? [`  Workers          ${workers}`] : []),
    ...(isInMaintenance ? ['  Maintenance      on: what changes data is refused'] : []),
    ...(missingAdministrator ? administratorLines(command, missingAdministrator) : []),
    '',
    '',
  ].join('\n');
}

function mailText(mail: Config['mail'], { text }: OwnCommand): string {
  if (!mail) return 'none: users cannot reset a password or confirm an email';
  if (mail.by === 'nobody') return `kept to be read: ${text} mail list`;
  return `by ${mail.server.host}:${mail.server.port}, from ${mail.from.email}`;
}

function administratorLines(
  { text, needs }: OwnCommand,
  { setupLink }: MissingAdministrator,
): string[] {
  return [
    `  Administrator    ${text} users create you@example.com --superuser`,
    ...(needs === undefined ? [] : [`                   with the ${needs} of this server`]),
    ...(setupLink === undefined ? [] : ['', ...setupLines(setupLink)]),
  ];
}

function setupLines(link: string): string[] {
  return [
    '  There is no administrator yet. Make one as above, or open this on this machine within an hour.',
    '  It works once; the next start prints another.',
    '',
    `  ${link}`,
  ];
}
