import type { Logger } from 'pino';
import type { Database } from './db/database.ts';
import type { Metrics } from './http/metrics.ts';
import type { Clock } from './lib/clock.ts';
import type { MailDelivery } from './lib/mail-delivery.ts';
import type { RelyingParty } from './lib/relying-party.ts';
import type { Settings } from './settings/settings.ts';

/** What every feature may use. It is made once, at the start, and passed in: the only wiring. */
export interface Deps {
  readonly database: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Signs access tokens, and is what the keys of refresh tokens are derived from. */
  readonly secretKey: string;
  /** Older secrets: what was signed or sealed with one of them is still good. */
  readonly secretKeyFallbacks?: readonly string[];
  /** The proxies whose word is taken for where a request comes from; absent: none. */
  readonly trustedProxies?: readonly string[];
  /** The other origins whose pages may call the API; absent: none. */
  readonly corsOrigins?: readonly string[];
  /** Request headers that they may send beside the usual ones. */
  readonly corsHeaders?: readonly string[];
  /** Where people reach the server, with a slash at its end; absent: where it listens. */
  readonly publicUrl?: string | undefined;
  /** Whose passkeys they are (WebAuthn); absent: there are none. */
  readonly relyingParty?: RelyingParty | undefined;
  /** How mail leaves the server; absent: there is none. */
  readonly mailDelivery?: MailDelivery | undefined;
  /** What mails say, by language and text, if an operator's file has it; absent: only Latchkey's own texts. */
  readonly addedMailTexts?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** The issuer of access tokens (`iss`), and their audience (`aud`); absent if tokens do not have them. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Where breached passwords are looked up: what the first five digits of their hash are put behind. */
  readonly breachRangeUrl: string;
  /** Which of the processes behind one port this is, from 1, and of how many; absent: there is but one. */
  readonly worker?: { readonly number: number; readonly of: number } | undefined;
}
