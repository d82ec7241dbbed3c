import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { EventRow } from './audit.queries.ts';
import type { ChainRow } from './chain.queries.ts';

/**
 * What makes a change of the log show. Each event has a place (`sequence`) and a hash over itself and the
 * hash before it, which anybody can compute again; and a seal, a tag of that hash under a key derived
 * from the server's secret, which nobody else can. A good seal vouches for its event and for all before
 * it, whatever secret those were sealed with. See docs/decisions/audit-log.md.
 */

/** An event as it is stored, without its place in the chain. */
type EventContent = Omit<EventRow, 'sequence' | 'hash' | 'seal' | 'keyId'>;

/** The place of an event in the chain. */
export interface Link {
  readonly sequence: number;
  readonly hash: string;
}

/** Before the first event. */
export const genesis: Link = { sequence: 0, hash: '' };

/** The hash of an event: SHA-256 over the hash before it, its place, and all that is stored of it. */
export function hashEvent(before: Link, event: EventContent): Link {
  const sequence = before.sequence + 1;
  const canonical = JSON.stringify([
    'latchkey audit 1',
    before.hash,
    sequence,
    event.id,
    event.atMs,
    event.kind,
    event.actorKind,
    event.actorId,
    event.actorName,
    event.userId,
    event.sessionId,
    event.ip,
    event.details,
  ]);
  return { sequence, hash: createHash('sha256').update(canonical).digest('base64url') };
}

/** What seals are made with. */
export interface SealKey {
  readonly id: string;
  readonly key: Buffer;
}

export interface SealKeys {
  /** The key that seals; undefined if there is no secret. */
  readonly current: SealKey | undefined;
  find(id: string): SealKey | undefined;
}

/** @param secretKeys the current secret first, then the older ones */
export function createSealKeys(secretKeys: readonly string[]): SealKeys {
  const keys = secretKeys.map(deriveKey);
  return { current: keys[0], find: (id) => keys.find((key) => key.id === id) };
}

/** The name of a key reveals nothing of it: it is derived beside it. */
function deriveKey(secretKey: string): SealKey {
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secretKey, '', info, bytes));
  return {
    id: derive('latchkey audit log, key id', 6).toString('base64url'),
    key: derive('latchkey audit log', 32),
  };
}

/** 128 bits are enough to forge none (NIST SP 800-107 5.3.3). */
const sealBytes = 16;

/** The seal of an event, from its hash. */
export function sealLink({ key }: SealKey, { sequence, hash }: Link): string {
  return tag(key, ['event', sequence, hash]);
}

type ChainState = Omit<ChainRow, 'keyId' | 'seal'>;

/** Where the chain ends and begins, sealed. */
export function sealChain(key: SealKey, state: ChainState): ChainRow {
  const { headSequence, headHash, anchorSequence, anchorHash, anchorAtMs } = state;
  const seal = stateSeal(key, state);
  return {
    ...{ headSequence, headHash, anchorSequence, anchorHash, anchorAtMs },
    ...{ keyId: key.id, seal },
  };
}

function stateSeal({ key }: SealKey, state: ChainState): string {
  return tag(key, [
    'chain',
    state.headSequence,
    state.headHash,
    state.anchorSequence,
    state.anchorHash,
    state.anchorAtMs,
  ]);
}

function tag(key: Buffer, parts: readonly unknown[]): string {
  const digest = createHmac('sha256', key).update(JSON.stringify(parts)).digest();
  return digest.subarray(0, sealBytes).toString('base64url');
}

/** The statement of a stored seal about its event. */
export type SealVerdict = 'good' | 'forged' | 'unknown key';

/** Whether the end and the beginning of the chain are as we left them. */
export function judgeChain(keys: SealKeys, chain: ChainRow): SealVerdict {
  return judge(keys, chain, (key) => stateSeal(key, chain));
}

/** Whether we have sealed a hash. */
export function judgeLink(
  keys: SealKeys,
  link: Link,
  sealed: { readonly keyId: string | null; readonly seal: string | null },
): SealVerdict {
  return judge(keys, sealed, (key) => sealLink(key, link));
}

function judge(
  keys: SealKeys,
  sealed: { readonly keyId: string | null; readonly seal: string | null },
  make: (key: SealKey) => string,
): SealVerdict {
  const key = keys.find(sealed.keyId ?? '');
  if (!key) return 'unknown key';
  const [is, should] = [Buffer.from(sealed.seal ?? ''), Buffer.from(make(key))];
  return is.length === should.length && timingSafeEqual(is, should) ? 'good' : 'forged';
}

const headForm = /^(\d{1,15}):([\w-]{43})$/;

/** The end of the chain as people keep it: `4711:` and the hash. */
export function headText({ sequence, hash }: Link): string {
  return `${sequence}:${hash}`;
}

/** @returns undefined if the text is not such a head */
export function parseHead(text: string): Link | undefined {
  const [, sequence, hash] = headForm.exec(text.trim()) ?? [];
  return sequence === undefined || hash === undefined
    ? undefined
    : { sequence: Number(sequence), hash };
}
