import { BlockList, isIP, SocketAddress } from 'node:net';
import { createRecentMap } from './recent-map.ts';

/** IP addresses, and the networks that they are of (CIDR, RFC 4632 and RFC 4291 2.3). */

/** Networks that have a name. */
const namedNetworks = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
} as const;

export type NetworkName = keyof typeof namedNetworks;
export const networkNames = Object.keys(namedNetworks) as NetworkName[];

const family = (version: number) => (version === 6 ? 'ipv6' : 'ipv4');

/**
 * An address as it is written alone: without a port, brackets or a zone, and an IPv4 address that
 * came in IPv6's clothes (`::ffff:203.0.113.7`) as what it is.
 *
 * @returns undefined where the text is no address
 */
export function plainAddress(text = ''): string | undefined {
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 6) return mappedIpv4(text) ?? text.split('%', 1)[0]?.toLowerCase();
  const inner = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(text);
  const address = inner?.[1] ?? inner?.[2] ?? '';
  return isIP(address) === 0 ? undefined : plainAddress(address);
}

function mappedIpv4(text: string): string | undefined {
  if (!/^[0:]+:ffff:/i.test(text)) return undefined;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
}

/** How many answers are remembered, so that a client that comes often costs a look-up. */
const maxRemembered = 10_000;
const networks64 = createRecentMap<string, { readonly network: string }>(maxRemembered);

/**
 * What an address is counted as: itself, but of IPv6 its /64, which is what one household or one
 * machine is given, with 2^64 addresses to choose from (RFC 6177).
 */
export function countedNetwork(text: string | null | undefined): string {
  if (!text?.includes(':')) return plainAddress(text ?? '') ?? 'unknown';
  let known = networks64.get(text);
  if (!known) {
    const address = plainAddress(text);
    const network = address?.includes(':') ? prefix64(address) : (address ?? 'unknown');
    known = { network };
    networks64.set(text, known);
  }
  return known.network;
}

function prefix64(address: string): string {
  const groups = expand(address).slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** The groups of an IPv6 address; those that `::` stands for as `0`. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  const given = left.length + right.length + (tail.includes('.') ? 1 : 0); // dotted: two groups
  return [...left, ...Array<string>(Math.max(0, 8 - given)).fill('0'), ...right];
}

/** A set of addresses. */
export type Networks = (address: string) => boolean;

/**
 * @param texts addresses, networks (`10.0.0.0/8`), or the names of some
 * @throws RangeError that says which is none of these
 */
export function createNetworks(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts) {
    const name = networkNames.find((known) => known === text);
    for (const network of name ? namedNetworks[name] : [text]) addNetwork(list, network);
  }
  const remembered = createRecentMap<string, { isIn: boolean }>(maxRemembered);
  return (text) => {
    let answer = remembered.get(text);
    if (!answer) {
      const address = plainAddress(text);
      const isIn = address !== undefined && list.check(address, family(isIP(address)));
      answer = { isIn };
      remembered.set(text, answer);
    }
    return answer.isIn;
  };
}

function addNetwork(list: BlockList, text: string): void {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || address.includes('%') || length === 0 || length > bits) {
    throw new RangeError(`"${text}" is no address or network.`);
  }
  list.addSubnet(address, length, family(version));
}
