import { createHmac } from 'node:crypto';
import type { Clock } from '../src/lib/clock.ts';
import type { SignedUp, TestServer } from './harness.ts';

/** An authenticator app, by the standards alone: it shares nothing with what it is checked with. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 6, without padding. */
function bytesOf(base32: string): Buffer {
  const bits = [...base32].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** The code of a time step (RFC 4226 5.3). */
export function codeAt(secret: Uint8Array, step: number, digits = 6): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', secret).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * The code that an app shows.
 *
 * @param base32 its secret
 * @param steps how many steps of 30 seconds from now
 */
export function shownCode(server: { readonly clock: Clock }, base32: string, steps = 0): string {
  const step = Math.floor(server.clock.nowMs() / 30_000);
  return codeAt(bytesOf(base32), step + steps);
}

/** An authenticator app that a user has added. */
export interface AddedApp {
  readonly id: number;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** Adds an authenticator app. The code of the step before is spent by it. */
export async function addApp(
  server: TestServer,
  { access_token: token }: Pick<SignedUp, 'access_token'>,
  name = 'Phone',
): Promise<AddedApp> {
  const json = { kind: 'totp', name };
  const { body } = await server.send('POST', '/api/me/factors/', { token, json });
  const confirmed = await server.send('POST', `/api/me/factors/${body.id}/confirm/`, {
    ...{ token, json: { code: shownCode(server, body.secret, -1) } },
  });
  if (confirmed.status !== 200) throw new Error(`Could not add an app: ${confirmed.text}`);
  return { id: body.id, secret: body.secret, recoveryCodes: confirmed.body.recovery_codes };
}
