import type { Db } from '../../../db/database.ts';
import { findChain, findKeyChanges } from './chain.queries.ts';
import type { SealKeys } from './chain.ts';

/** When a database was used with a secret that is not here. */
export interface ForeignStretch {
  readonly fromMs: number;
  /** When another secret took over; undefined: no other has, it is the one that was used last. */
  readonly untilMs: number | undefined;
}

/** Whether the secret that a database was used with last is not here. Costs one row. */
export async function isSecretForeign(db: Db, sealKeys: SealKeys): Promise<boolean> {
  const chain = await findChain(db);
  return chain !== undefined && !sealKeys.find(chain.keyId);
}

/** An operator who changes secrets to and fro has more; the older ones matter to no session. */
const maxChanges = 20;

/**
 * When a database was used with secrets that are not here, the newest first. A secret that was
 * rotated, and dropped afterwards, is not missed: nobody needs it.
 */
export async function findForeignStretches(db: Db, sealKeys: SealKeys): Promise<ForeignStretch[]> {
  const chain = await findChain(db);
  if (!chain) return [];
  const isForeign = (keyId: string | null) => keyId !== null && !sealKeys.find(keyId);
  const changes = await findKeyChanges(db, maxChanges);
  const stretches: ForeignStretch[] = [];
  let keyId: string | null = chain.keyId;
  let isMissed = true;
  let untilMs: number | undefined;
  for (const change of changes) {
    // The log begins when it is sealed first, some time after the server that does it.
    const fromMs = change.kind === 'audit.started' ? 0 : change.atMs;
    if (isMissed && isForeign(keyId)) stretches.push({ fromMs, untilMs });
    isMissed = change.kind === 'audit.chain_broken';
    keyId = change.keyBefore;
    untilMs = change.atMs;
  }
  if (isMissed && isForeign(keyId)) stretches.push({ fromMs: 0, untilMs });
  return stretches;
}
