import { isCheckout } from '../lib/own-package.ts';

export interface Welcome {
  readonly address: string;
  readonly operations: string | undefined;
  readonly dataDir: string;
  /** How many processes serve. */
  readonly workers: number;
  readonly isInMaintenance: boolean;
  /** Undefined where there is an administrator, or no link can be followed. */
  readonly setupLink: string | undefined;
}

/** How this program is called: installed, or in a checkout of its sources. */
const self = isCheckout ? 'npm run latchkey --' : 'npx latchkey';

/** What a start prints: where everything is. */
export function welcome(told: Welcome): string {
  const { address, operations, dataDir, workers, isInMaintenance, setupLink } = told;
  return [
    '',
    `  Latchkey is running at ${address}`,
    '',
    `  API reference    ${address}/docs`,
    `  Metrics          ${operations === undefined ? 'not served' : `${operations}/metrics`}`,
    `  Data folder      ${dataDir}`,
    ...(workers > 1 ? [`  Workers          ${workers}`] : []),
    ...(isInMaintenance ? ['  Maintenance      on: what changes data is refused'] : []),
    `  Administrator    ${self} users create you@example.com --superuser`,
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
