import { countedNetwork, plainIp } from '../lib/ip-address.ts';

/** The sender of a request, as limits count it and events record it. */
export interface Visitor {
  /** As `countedNetwork` has it. */
  readonly network: string;
  /** Null if it is not known. */
  readonly ip: string | null;
}

export function visitorOf({ ip }: { readonly ip: string }): Visitor {
  return { network: countedNetwork(ip), ip: plainIp(ip) ?? null };
}
