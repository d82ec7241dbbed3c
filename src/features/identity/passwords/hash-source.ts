import { countedNetwork } from '../../../lib/ip-address.ts';
import { type Actor, actorText } from '../../platform/audit/index.ts';

/** The network and the account that a password is hashed or checked for. Both share the threads fairly. */
export interface HashSource {
  /** As `countedNetwork` has it. */
  readonly network: string;
  /** What tells the account from others, whether or not anybody has it. */
  readonly account: string;
}

/** Of somebody who acts on an account of their own, or on that of another. */
export function hashSourceOf(actor: Actor): HashSource {
  const network = 'ip' in actor ? countedNetwork(actor.ip) : actor.kind;
  return { network, account: actorText(actor) };
}
