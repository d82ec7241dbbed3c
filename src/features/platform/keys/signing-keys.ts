import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import type { Database } from '../../../db/database.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import type { Clock } from '../../../lib/clock.ts';
import { registry } from '../../../settings/registry.ts';
import type { Settings } from '../../../settings/settings.ts';
import { type Actor, record } from '../audit/index.ts';
import {
  type KeyState,
  keyStateAt,
  nextKeyDue,
  possibleSigners,
  type ScheduledKey,
  signingKeyAt,
  trustedUntilMs,
} from './key-schedule.ts';
import {
  deleteSigningKeys,
  findSigningKeys,
  insertSigningKey,
  prepareKeyMarker,
  revokeSigningKey,
  type SigningKeyRow,
} from './keys.queries.ts';
import { openPrivateKey, resealKeys, sealPrivateKey } from './sealed-keys.ts';

/** The algorithms with a public half (RFC 7518 3.4, RFC 8037 3.1). */
export const keyAlgorithms = ['ES256', 'EdDSA'] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** A key pair of this server. */
export interface SigningKey extends ScheduledKey {
  readonly kid: string;
  readonly algorithm: KeyAlgorithm;
  readonly createdAtMs: number;
  readonly publicKey: KeyObject;
  readonly publicJwk: JWK;
  /** Undefined if it was sealed under a secret that this process does not have. */
  readonly privateKey: KeyObject | undefined;
}

/** The most that a token can have left to live when its key goes. */
const maxTokenLifetimeMs = registry.ACCESS_TOKEN_LIFETIME.maximum * 1000;

export interface SigningKeys {
  /** Makes sure that what any process has committed is known here, and that there is a key to sign with. */
  sync(): Answer<void>;
  /** The key that signs tokens of an algorithm now. Known after `sync`. */
  signingKey(algorithm: KeyAlgorithm): SigningKey | undefined;
  /** A key whose tokens are accepted now. */
  trustedKey(kid: string): SigningKey | undefined;
  /** The public keys: every key that is trusted, and those that will sign soon. */
  published(): SigningKey[];
  /** Every key that there is, the oldest of each algorithm first, and what it does now. */
  list(): Promise<(SigningKey & { readonly state: KeyState })[]>;
  /**
   * Makes the next key of an algorithm if it is due, removes keys that nothing needs any more, and seals under the
   * current secret what an older secret has sealed.
   */
  maintain(): Promise<void>;
  /** Makes the next key of an algorithm now; it signs after it has been published long enough. */
  rotate(algorithm: KeyAlgorithm, actor: Actor): Promise<SigningKey>;
  /** Refuses a key's tokens from the next request on. If it signed, a new key does, never an older one. */
  revoke(kid: string, actor: Actor): Promise<boolean>;
}

interface Deps {
  readonly database: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** The current secret first; private keys are sealed under that one. */
  readonly secretKeys: readonly string[];
}

/** The signing keys of a migrated database. */
export function createSigningKeys(deps: Deps): SigningKeys {
  const { database, settings, clock } = deps;
  const findMarker = prepareKeyMarker(database);
  let keys: readonly SigningKey[] = [];
  /** What every request needs is computed when the keys are read. */
  let trustedUntil = new Map<string, { readonly key: SigningKey; readonly untilMs: number }>();
  let signers = new Map<KeyAlgorithm, readonly SigningKey[]>();
  let loadedMarker: string | undefined;
  let seenVersion: number | undefined;

  const ofAlgorithm = (algorithm: KeyAlgorithm) =>
    keys.filter((key) => key.algorithm === algorithm);

  function signingKey(algorithm: KeyAlgorithm): SigningKey | undefined {
    return signingKeyAt(signers.get(algorithm) ?? [], clock.nowMs());
  }

  async function load(marker: string): Promise<void> {
    keys = (await findSigningKeys(database.db)).map((row) => openKey(row, deps.secretKeys));
    trustedUntil = new Map(
      keys.map((key) => {
        const untilMs = trustedUntilMs(key, ofAlgorithm(key.algorithm), maxTokenLifetimeMs);
        return [key.kid, { key, untilMs }];
      }),
    );
    signers = new Map(
      keyAlgorithms.map((algorithm) => {
        const possible = possibleSigners(ofAlgorithm(algorithm));
        return [algorithm, possible.filter((key) => key.privateKey !== undefined)];
      }),
    );
    loadedMarker = marker;
  }

  async function reload(): Promise<void> {
    const [marker] = await findMarker({});
    await load(JSON.stringify(marker));
  }

  async function makeKey(
    algorithm: KeyAlgorithm,
    due: { sequence: number; activeAtMs: number },
    actor: Actor = { kind: 'system' },
  ): Promise<void> {
    const [secretKey = ''] = deps.secretKeys;
    const atMs = clock.nowMs();
    const row = await newKeyRow(algorithm, due, secretKey, atMs);
    await database.transact(async (trx) => {
      if (!(await insertSigningKey(trx, row))) return;
      const active_at = new Date(row.activeAtMs).toISOString();
      const details = { kid: row.kid, algorithm, active_at };
      await record(trx, { kind: 'key.rotated', actor, atMs, details });
    });
    database.noteChange();
    await reload();
  }

  /** There must be something to sign with, from the first request on. */
  async function ensureSigningKey(algorithm: KeyAlgorithm): Promise<void> {
    if (signingKey(algorithm) || settings.get('MAINTENANCE_MODE')) return; // nothing is signed then
    const sequence = (ofAlgorithm(algorithm).at(-1)?.sequence ?? 0) + 1;
    await makeKey(algorithm, { sequence, activeAtMs: clock.nowMs() });
  }

  function sync(): Answer<void> {
    const algorithm = settings.get('ACCESS_TOKEN_ALGORITHM');
    if (algorithm === 'HS256') return;
    const version = database.changes();
    if (version === seenVersion && signingKey(algorithm)) return;
    return whenAnswered(findMarker({}), ([row]): Answer<void> => {
      const marker = JSON.stringify(row);
      if (marker === loadedMarker && signingKey(algorithm)) {
        seenVersion = version;
        return;
      }
      return load(marker)
        .then(() => ensureSigningKey(algorithm))
        .then(() => {
          seenVersion = version; // not before: after a failed load the next request tries again
        });
    });
  }

  function trustedKey(kid: string): SigningKey | undefined {
    const known = trustedUntil.get(kid);
    return known && known.untilMs > clock.nowMs() ? known.key : undefined;
  }

  const isTrusted = (key: SigningKey) => trustedKey(key.kid) !== undefined;

  return {
    sync,
    signingKey,
    trustedKey,
    published: () => keys.filter(isTrusted),

    async list() {
      await reload();
      const nowMs = clock.nowMs();
      return keys.map((key) => {
        const state = keyStateAt(key, ofAlgorithm(key.algorithm), nowMs, maxTokenLifetimeMs);
        return { ...key, state };
      });
    },

    async maintain() {
      await reload();
      await resealKeys(database.db, deps.secretKeys);
      const algorithm = settings.get('ACCESS_TOKEN_ALGORITHM');
      if (algorithm !== 'HS256') {
        const rotationMs = settings.get('SIGNING_KEY_ROTATION') * 1000;
        const due = nextKeyDue(ofAlgorithm(algorithm), clock.nowMs(), rotationMs);
        if (due) await makeKey(algorithm, due);
      }
      const spent = keys.filter((key) => key.revokedAtMs === null && !isTrusted(key));
      if (spent.length === 0) return;
      await deleteSigningKeys(
        database.db,
        spent.map((key) => key.kid),
      );
      database.noteChange();
      await reload();
    },

    async rotate(algorithm, actor) {
      await reload();
      // As if the newest had been signing for ever: the next is due now.
      const due = nextKeyDue(ofAlgorithm(algorithm), clock.nowMs(), Number.NEGATIVE_INFINITY);
      if (due) await makeKey(algorithm, due, actor);
      return ofAlgorithm(algorithm).at(-1) as SigningKey;
    },

    async revoke(kid, actor) {
      const atMs = clock.nowMs();
      const isRevoked = await database.transact(async (trx) => {
        const algorithm = await revokeSigningKey(trx, kid, atMs);
        if (algorithm === undefined) return false;
        await record(trx, { kind: 'key.revoked', actor, atMs, details: { kid, algorithm } });
        return true;
      });
      database.noteChange();
      await reload();
      return isRevoked;
    },
  };
}

async function newKeyRow(
  algorithm: KeyAlgorithm,
  due: { sequence: number; activeAtMs: number },
  secretKey: string,
  nowMs: number,
): Promise<SigningKeyRow> {
  const { kid, jwk, privateKey } = await newKeyPair(algorithm);
  return {
    kid,
    algorithm,
    sequence: due.sequence,
    publicJwk: JSON.stringify({ ...jwk, kid, alg: algorithm, use: 'sig' }),
    sealedPrivateKey: sealPrivateKey(privateKey, kid, secretKey),
    createdAtMs: nowMs,
    activeAtMs: due.activeAtMs,
    revokedAtMs: null,
  };
}

/**
 * A key, and its thumbprint (RFC 7638) as its name. Of 64 names one begins with a hyphen, which the
 * command line would take for an option: then it is another key.
 */
export async function newKeyPair(
  algorithm: KeyAlgorithm,
): Promise<{ kid: string; jwk: JWK; privateKey: KeyObject }> {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return kid.startsWith('-') ? newKeyPair(algorithm) : { kid, jwk, privateKey };
}

function openKey(row: SigningKeyRow, secretKeys: readonly string[]): SigningKey {
  const publicJwk = JSON.parse(row.publicJwk) as JWK;
  return {
    kid: row.kid,
    algorithm: row.algorithm as KeyAlgorithm,
    sequence: row.sequence,
    createdAtMs: row.createdAtMs,
    activeAtMs: row.activeAtMs,
    revokedAtMs: row.revokedAtMs,
    publicJwk,
    publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
    privateKey: openPrivateKey(row, secretKeys)?.privateKey,
  };
}
