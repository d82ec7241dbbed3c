import type { Config } from '../config/config.ts';
import type { MissingAdministrator } from './first-administrator.ts';
import { type OwnCommand, ownCommand } from './own-command.ts';

export interface Welcome {
  readonly address: string;
  readonly operations: string | undefined;
  readonly config: Pick<Config, 'dataDir' | 'database' | 'mail'>;
  /** How many processes serve. */
  readonly workers: number;
  readonly isInMaintenance: boolean;
  /** Undefined if there is an administrator. */
  readonly missingAdministrator: MissingAdministrator | undefined;
}

/** The text that a start prints: where everything is. */
export function welcome(told: Welcome): string {
  const { address, operations, config, workers, isInMaintenance, missingAdministrator } = told;
  const command = ownCommand(config);
  return [
    '',
    `  Latchkey is running at ${address}`,
    '',
    `  API reference    ${address}/docs`,
    `  Metrics          ${operations === undefined ? 'not served' : `${operations}/metrics`}`,
    `  Data folder      ${config.dataDir}`,
    ...(config.mail?.by === 'nobody'
      ? [`  Mail             kept to be read: ${command.text} mail list`]
      : []),
    ...(workers > 1 ? [`  Workers          ${workers}`] : []),
    ...(isInMaintenance ? ['  Maintenance      on: what changes data is refused'] : []),
    ...(missingAdministrator ? administratorLines(command, missingAdministrator) : []),
    '',
    '',
  ].join('\n');
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
