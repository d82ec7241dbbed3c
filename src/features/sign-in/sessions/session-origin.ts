import Bowser from 'bowser';
import { plainIp } from '../../../lib/ip-address.ts';
import type { SessionOrigin } from './sessions.queries.ts';

/** Longer ones are no browser's. */
const maxUserAgentLength = 512;
const maxDeviceLength = 60;

/** Where a request comes from, as it is shown to the user in the list of sessions. */
export function sessionOriginOf(request: {
  readonly ip: string;
  readonly headers: { readonly 'user-agent'?: string | undefined };
}): SessionOrigin {
  return {
    ip: plainIp(request.ip) ?? null,
    device: describeDevice(request.headers['user-agent']),
  };
}

/**
 * A device in plain words, such as `Firefox on Linux`; what a program calls itself (`curl/8.5.0`)
 * where it is no browser; null where nothing is said.
 */
export function describeDevice(userAgent: string | undefined): string | null {
  const text = userAgent
    ?.slice(0, maxUserAgentLength)
    .replace(/[^\x20-\x7e]/g, '')
    .trim();
  if (!text) return null;
  const { browser, os } = Bowser.parse(text);
  const words = browser.name && os.name ? `${browser.name} on ${os.name}` : text.split(' ', 1)[0];
  return words?.slice(0, maxDeviceLength) ?? null;
}
