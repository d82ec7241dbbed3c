import { deleteSealedThrough, findSealedEvents, lockChain, moveChain } from './chain.queries.ts';
import { judgeChain, sealChain } from './chain.ts';
import { refuseHandedOver, type SealDeps } from './seal-events.ts';

/** How many events one transaction removes: some milliseconds, with an entry in each of many indexes. */
const maxRemoved = 200;

/**
 * Removes the oldest sealed events, while each happened before a time, and seals where the chain begins then. Events
 * behind a younger one stay: the chain has no gaps.
 *
 * @returns whether there may be more to remove
 * @throws HandedOverError
 */
export function pruneEvents(deps: SealDeps, beforeMs: number): Promise<boolean> {
  const { database, sealKeys, log } = deps;
  return database.transact(async (trx) => {
    const { current } = sealKeys;
    const chain = await lockChain(trx);
    if (!current || !chain) return false;
    const first = chain.anchorSequence + 1;
    const oldest = await findSealedEvents(trx, first, chain.headSequence, maxRemoved);
    const young = oldest.findIndex((event) => event.atMs >= beforeMs);
    const old = young < 0 ? oldest : oldest.slice(0, young);
    const last = old.at(-1);
    if (!last) return false;
    await refuseHandedOver(sealKeys, current, trx);
    if (judgeChain(sealKeys, chain) !== 'good') {
      log.error('the audit log is not as it was sealed: nothing is removed from it');
      return false;
    }
    if (chain.keyId !== current.id) return true; // to be handed over first
    await deleteSealedThrough(trx, last.sequence);
    const begin = {
      anchorSequence: last.sequence,
      anchorHash: last.hash ?? '',
      anchorAtMs: last.atMs,
    };
    const isMoved = await moveChain(trx, chain, sealChain(current, { ...chain, ...begin }));
    if (!isMoved) throw new Error('The audit log was sealed by two at once.');
    log.debug({ removed: old.length }, 'removed old events of the audit log');
    return young < 0;
  });
}
