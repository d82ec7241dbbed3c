import type { Config } from '../config/config.ts';
import { ownCommand } from './own-command.ts';

export interface Welcome {
  readonly address: string;
  readonly operations: string | undefined;
  readonly config: Pick<Config, 'dataDir' | 'database' | 'mail'>;
  /** How many processes serve. */
  readonly workers: number;
  readonly isInMaintenance: boolean;
  /** Undefined where there is an administrator, or no link can be followed. */
  readonly setupLink: string | undefined;
}

/** What a start prints: where everything is. */
export function welcome(told: Welcome): string {
  const { address, operations, config, workers, isInMaintenance, setupLink } = told;
  const { text: command, needs } = ownCommand(config);
  return [
    '',
    `  Latchkey is running at ${address}`,
    '',
    `  API reference    ${address}/docs`,
    `  Metrics          ${operations === undefined ? 'not served' : `${operations}/metrics`}`,
    `  Data folder      ${config.dataDir}`,
    ...(config.mail?.by === 'nobody'
      ? [`  Mail             kept to be read: ${command} mail list`]
      : []),
    ...(workers > 1 ? [`  Workers          ${workers}`] : []),
    ...(isInMaintenance ? ['  Maintenance      on: what changes data is refused'] : []),
    `  Administrator    ${command} users create you@example.com --superuser`,
    ...(needs === undefined ? [] : [`                   with the ${needs} of this server`]),
    ...(setupLink === undefined ? [] : ['', ...setupLines(setupLink)]),
    '',
    '',
  ].join('\n');
}

function setupLines(link: string): string[] {
  return [
    '  There is no administrator yet. Make one as above, or open this on this machine within an hour.',
    '  It works once; the next start prints another.',
    '',
    `  ${link}`,
  ];
}
