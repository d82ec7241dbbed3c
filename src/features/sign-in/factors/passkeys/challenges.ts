import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Db } from '../../../../db/database.ts';
import type { Deps } from '../../../../deps.ts';
import { derivedKey } from '../../../../lib/derived-key.ts';
import { insertSpentChallenge } from './challenges.queries.ts';

/**
 * Challenges (WebAuthn Level 3, 13.4.3). A challenge says by itself what it is for and until when, under a MAC, so that
 * none is stored before it is used: a page that offers passkeys to everybody who looks at it costs no write. Those that
 * were used are kept until they have expired, so each works once.
 */

/** 16 random bytes, the second in which it expires (4 bytes), and the MAC. */
const randomLength = 16;
const macAt = randomLength + 4;
const macLength = 32;

/** How long a user may take. The most that WebAuthn Level 3 (15.1) recommends where the user is verified. */
export const challengeSeconds = 10 * 60;
/** A spent one is kept for longer than it is good, because the clocks of nodes differ. */
const keptMs = 60 * 60_000;

/** What a challenge is for: a proof that was made for one thing is good for nothing else. */
export interface ChallengeUse {
  readonly ceremony: 'registration' | 'authentication';
  /** The attempt that it belongs to, such as `step-up 7` or `passkey-sign-in`. */
  readonly binding: string;
}

type Secrets = Pick<Deps, 'secretKey' | 'secretKeyFallbacks'>;

function macOf(secretKey: string, { ceremony, binding }: ChallengeUse, message: Buffer): Buffer {
  const key = derivedKey(secretKey, 'latchkey passkey challenges');
  return createHmac('sha256', key).update(message).update(`${ceremony} ${binding}`).digest();
}

/** Makes a challenge; gives base64url. */
export function issueChallenge({ secretKey }: Secrets, use: ChallengeUse, nowMs: number): string {
  const message = Buffer.alloc(macAt);
  randomBytes(randomLength).copy(message);
  message.writeUInt32BE(Math.ceil(nowMs / 1000) + challengeSeconds, randomLength);
  return Buffer.concat([message, macOf(secretKey, use, message)]).toString('base64url');
}

/** @returns `foreign`: it is not ours, or is for something else */
export function checkChallenge(
  { secretKey, secretKeyFallbacks = [] }: Secrets,
  challenge: string,
  use: ChallengeUse,
  nowMs: number,
): 'good' | 'expired' | 'foreign' {
  const bytes = Buffer.from(challenge, 'base64url');
  // Read again, because others are read as the same bytes: the padding, and bits at the end.
  if (bytes.length !== macAt + macLength || bytes.toString('base64url') !== challenge)
    return 'foreign';
  const [message, mac] = [bytes.subarray(0, macAt), bytes.subarray(macAt)];
  const isOurs = [secretKey, ...secretKeyFallbacks].some((secret) =>
    timingSafeEqual(macOf(secret, use, message), mac),
  );
  if (!isOurs) return 'foreign';
  return message.readUInt32BE(randomLength) * 1000 > nowMs ? 'good' : 'expired';
}

/**
 * Spends a challenge that was good, in the transaction that does what it is for.
 *
 * @returns whether it had not been spent
 */
export function spendChallenge(trx: Db, challenge: string): Promise<boolean> {
  const bytes = Buffer.from(challenge, 'base64url');
  const hash = createHash('sha256').update(bytes).digest('base64url');
  const expiresAtMs = bytes.readUInt32BE(randomLength) * 1000 + keptMs;
  return insertSpentChallenge(trx, { hash, expiresAtMs });
}
