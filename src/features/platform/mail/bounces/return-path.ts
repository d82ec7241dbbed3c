import { createHmac, timingSafeEqual } from 'node:crypto';
import { derivedKey } from '../../../../lib/derived-key.ts';
import type { OutboxRow } from '../outbox.queries.ts';

/**
 * Where reports about a mail go: an email for each mail (VERP), with a tag that nobody can make up but the server. So a
 * report that names it is about that mail, whatever else it says, and nobody has an email marked that is not their own.
 */

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'; // RFC 4648 6, in lower case: mail servers fold it
const tagLength = 16; // 80 bits

type TaggedMail = Pick<OutboxRow, 'id' | 'messageId' | 'email'>;

function tagOf(secretKey: string, { id, messageId, email }: TaggedMail): string {
  const key = derivedKey(secretKey, 'latchkey return path');
  const bytes = createHmac('sha256', key).update([id, messageId, email].join('\n')).digest();
  let bits = 0n;
  for (const byte of bytes.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: tagLength }, (_character, index) => {
    return alphabet[Number((bits >> BigInt(5 * index)) & 31n)];
  }).join('');
}

/**
 * The return path of a mail: `bounces+12-abc…@example.com`.
 *
 * @param email where all reports go, without what is put into it
 */
export function returnPathOf(email: string, secretKey: string, mail: TaggedMail): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, at)}+${mail.id}-${tagOf(secretKey, mail)}${email.slice(at)}`;
}

/** What a return path says: which mail it is of, and the tag that shows it. */
export interface ReturnPath {
  readonly mailId: number;
  readonly tag: string;
}

const form = /\+([1-9]\d{0,14})-([a-z2-7]{16})@/i;

/** Finds a return path in a text, such as a header; undefined if it has none. */
export function findReturnPath(text: string): ReturnPath | undefined {
  const [, id, tag] = form.exec(text) ?? [];
  return id === undefined || tag === undefined
    ? undefined
    : { mailId: Number(id), tag: tag.toLowerCase() };
}

/** Whether the server has made a return path for a mail. */
export function isReturnPathOf(
  { tag }: ReturnPath,
  secretKeys: readonly string[],
  mail: TaggedMail,
): boolean {
  return secretKeys.some((secretKey) =>
    timingSafeEqual(Buffer.from(tag), Buffer.from(tagOf(secretKey, mail))),
  );
}
