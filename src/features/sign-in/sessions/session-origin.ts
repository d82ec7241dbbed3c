import type { IncomingHttpHeaders } from 'node:http';
import Bowser from 'bowser';
import { acceptedLanguages } from '../../../http/negotiation.ts';
import { plainIp } from '../../../lib/ip-address.ts';
import { languageTag } from '../../../lib/languages.ts';
import type { SessionOrigin } from './start-session.queries.ts';

/** No browser sends a longer one. */
const maxUserAgentLength = 512;
const maxDeviceLength = 60;

/** Where a request comes from, as it is shown to the user in the list of sessions. */
export function sessionOriginOf(request: {
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
}): SessionOrigin {
  return {
    ip: plainIp(request.ip) ?? null,
    device: describeDevice(request.headers['user-agent']),
    locale: languageTag(acceptedLanguages(request.headers)[0] ?? ''),
  };
}

/**
 * A device in plain words, such as `Firefox on Linux`; the name that a program gives (`curl/8.5.0`) if it is not a
 * browser; null if there is no name.
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
