import Bowser from 'bowser';

/**
 * The names that a device may have in a mail. The name of a session's device may be what a program calls itself, and
 * so what a stranger has written: a mail would then carry their words, or their link, to somebody else.
 */
const browsers = new Set<string>(Object.values(Bowser.BROWSER_MAP));
const systems = new Set<string>(Object.values(Bowser.OS_MAP));

/**
 * @param device as sessions have it: `Firefox on Linux`
 * @returns the same where both are known names; else null
 */
export function mailDevice(device: string | null): string | null {
  const [, browser = '', system = ''] = /^(.+) on (.+)$/.exec(device ?? '') ?? [];
  return browsers.has(browser) && systems.has(system) ? device : null;
}
