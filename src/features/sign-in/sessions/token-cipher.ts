import { createCipheriv, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * Refresh tokens: UUIDs that name their session and prove that we made them. Nothing of them is stored. See
 * docs/decisions/refresh-tokens.md.
 *
 * A UUID of version 4 has 122 free bits. The first half (60) has the session's id (38) and its generation (22), the
 * second (62) a keyed tag of them; three Feistel rounds then make each half depend on all of the other (Luby and
 * Rackoff 1988). So a token reveals nothing, and anybody without the key, whatever tokens they have seen, guesses a
 * good one with a chance of 2^-122 for each live session (encode-then-encipher, Bellare and Rogaway 2000). The round
 * function is one AES-256 block.
 */

export interface TokenSubject {
  readonly sessionId: number;
  readonly generation: number;
}

/** What tells a subject from all others, as the key of a map. */
export function subjectKey({ sessionId, generation }: TokenSubject): string {
  return `${sessionId}.${generation}`;
}

const generationBits = 22;
/** The last generation that a token can carry: four years of a refresh every 30 seconds. */
export const maxGeneration = 2 ** generationBits - 1;
/** The last session id that a token can carry: 275 thousand million sign-ins. */
export const maxSessionId = 2 ** 38 - 1;

const uuid = /^(?:urn:)?(?:uuid:)?\{?([0-9a-f-]{32,64})\}?$/i;

export interface TokenCipher {
  /** The token of a session's generation; always the same one. */
  seal(subject: TokenSubject): string;
  /** The session and generation of a token; undefined unless it was sealed with one of the secrets. */
  open(token: string): TokenSubject | undefined;
}

/**
 * Seals with the current secret, and opens what it or an older one has sealed. A token that none of them opens always
 * costs the same.
 *
 * @param secretKey the server's secret; separate keys are derived from it (RFC 5869)
 */
export function createTokenCipher(
  secretKey: string,
  fallbacks: readonly string[] = [],
): TokenCipher {
  const current = createSecretCipher(secretKey);
  const older = fallbacks.map(createSecretCipher);

  return {
    seal: current.seal,
    open(token) {
      const bytes = parseUuid(token);
      if (!bytes || !isRandom(bytes)) return undefined;
      const first = firstHalf(bytes.subarray(0, 8));
      const second = secondHalf(bytes.subarray(8));
      let subject = current.open(first, second);
      for (const cipher of older) subject ??= cipher.open(first, second);
      return subject;
    },
  };
}

/** The cipher of one secret. A token is opened by its two halves, which stay as they are. */
function createSecretCipher(secretKey: string) {
  const tagOf = createRound(secretKey, 'refresh token: tag');
  const maskFirst = createRound(secretKey, 'refresh token: mask first half');
  const maskSecond = createRound(secretKey, 'refresh token: mask second half');

  return {
    seal(subject: TokenSubject): string {
      const plain = packSubject(subject);
      const tag = secondHalf(tagOf(plain));
      const first = xor(plain, firstHalf(maskFirst(tag)));
      return formatUuid(first, xor(tag, secondHalf(maskSecond(first))));
    },
    open(first: Buffer, second: Buffer): TokenSubject | undefined {
      const tag = xor(second, secondHalf(maskSecond(first)));
      const plain = xor(first, firstHalf(maskFirst(tag)));
      return timingSafeEqual(tag, secondHalf(tagOf(plain))) ? unpackSubject(plain) : undefined;
    },
  };
}

/** A keyed pseudo-random function of 8 bytes: the first 8 of one AES-256 block. */
function createRound(secretKey: string, purpose: string): (half: Buffer) => Buffer {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey ${purpose}`, 32));
  // ECB of a single block is the bare permutation, which is what is wanted here. The object is kept:
  // making one costs more than ten blocks.
  const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const block = Buffer.alloc(16);
  return (half) => {
    half.copy(block);
    return aes.update(block).subarray(0, 8);
  };
}

// The halves are those of the UUID's 16 bytes, with 0 in the places of its version and its variant.

/** 60 free bits: the version's four are in byte 6 (RFC 9562 5.4). */
function firstHalf(bytes: Buffer): Buffer {
  bytes[6] = byte(bytes, 6) & 0x0f;
  return bytes;
}

/** 62 free bits: the variant's two lead. */
function secondHalf(bytes: Buffer): Buffer {
  bytes[0] = byte(bytes, 0) & 0x3f;
  return bytes;
}

function byte(bytes: Buffer, index: number): number {
  return bytes[index] as number;
}

function xor(left: Buffer, right: Buffer): Buffer {
  const result = Buffer.allocUnsafe(8);
  for (let i = 0; i < 8; i += 1) result[i] = byte(left, i) ^ byte(right, i);
  return result;
}

/** 38 bits of id in bytes 0 to 4, 22 bits of generation behind them, around the version. */
function packSubject({ sessionId, generation }: TokenSubject): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32BE(Math.floor(sessionId / 64), 0);
  bytes[4] = ((sessionId % 64) << 2) | (generation >>> 20);
  bytes[5] = (generation >>> 12) & 0xff;
  bytes[6] = (generation >>> 8) & 0x0f;
  bytes[7] = generation & 0xff;
  return bytes;
}

function unpackSubject(bytes: Buffer): TokenSubject {
  return {
    sessionId: bytes.readUInt32BE(0) * 64 + (byte(bytes, 4) >>> 2),
    generation:
      ((byte(bytes, 4) & 0x03) << 20) |
      (byte(bytes, 5) << 12) |
      (byte(bytes, 6) << 8) |
      byte(bytes, 7),
  };
}

function formatUuid(first: Buffer, second: Buffer): string {
  const hex = Buffer.concat([first, second]);
  hex[6] = byte(hex, 6) | 0x40;
  hex[8] = byte(hex, 8) | 0x80;
  const text = hex.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

/**
 * The 16 bytes of a UUID of any version; undefined if the text is not one. In any letter case, and as the clients'
 * UUID libraries write them: no hyphens, in braces, as a URN.
 */
export function parseUuid(text: string): Buffer | undefined {
  const digits = uuid.exec(text)?.[1]?.replaceAll('-', '');
  return digits?.length === 32 ? Buffer.from(digits, 'hex') : undefined;
}

/** Whether a UUID is of version 4 and of the variant of RFC 9562. */
function isRandom(bytes: Buffer): boolean {
  return byte(bytes, 6) >>> 4 === 4 && byte(bytes, 8) >>> 6 === 2;
}
