import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { createRecentMap } from './recent-map.ts';

/** IP addresses and networks (CIDR, RFC 4632 and RFC 4291 2.3). */

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
 * An IP address without a port, brackets or a zone. An IPv4-mapped IPv6 address (`::ffff:203.0.113.7`, RFC 4291
 * 2.5.5.2) becomes the IPv4 address.
 *
 * @returns undefined if the text is not an IP address
 */
export function plainIp(text = ''): string | undefined {
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 6) return plainIpv6(text.split('%', 1)[0] ?? '');
  const inner = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(text);
  const ip = inner?.[1] ?? inner?.[2] ?? '';
  return isIP(ip) === 0 ? undefined : plainIp(ip);
}

function plainIpv6(text: string): string {
  const ip = ipaddr.IPv6.parse(text);
  return ip.isIPv4MappedAddress() ? ip.toIPv4Address().toString() : text.toLowerCase();
}

/** How many results are cached. */
const maxRemembered = 10_000;
const networks64 = createRecentMap<string, { readonly network: string }>(maxRemembered);

/**
 * The network that rate limits count an IP as: an IPv4 address itself, the /64 of an IPv6 address. One household
 * or machine gets a /64, with 2^64 ips to choose from (RFC 6177).
 */
export function countedNetwork(text: string | null | undefined): string {
  if (!text?.includes(':')) return plainIp(text ?? '') ?? 'unknown';
  let known = networks64.get(text);
  if (!known) {
    const ip = plainIp(text);
    const network = ip?.includes(':') ? prefix64(ip) : (ip ?? 'unknown');
    known = { network };
    networks64.set(text, known);
  }
  return known.network;
}

function prefix64(ip: string): string {
  const groups = ipaddr.IPv6.parse(ip).parts.slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/**
 * The /48 that a /64 is in: the most that one customer gets, with 65,536 networks of /64 (RFC 6177).
 *
 * @param network as `countedNetwork` gives it
 * @returns undefined if it is not IPv6
 */
export function siteOf(network: string): string | undefined {
  if (!network.endsWith('::/64')) return undefined;
  return `${network.split(':').slice(0, 3).join(':')}::/48`;
}

/** A set of networks: whether it contains an IP. */
export type Networks = (ip: string) => boolean;

/**
 * @param texts IP addresses, networks (`10.0.0.0/8`), or names of networks
 * @throws RangeError that names the text that cannot be read
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
      const ip = plainIp(text);
      const isIn = ip !== undefined && list.check(ip, family(isIP(ip)));
      answer = { isIn };
      remembered.set(text, answer);
    }
    return answer.isIn;
  };
}

function addNetwork(list: BlockList, text: string): void {
  const [, ip = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(ip);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || ip.includes('%') || length === 0 || length > bits) {
    throw new RangeError(`"${text}" is neither an IP address nor a network.`);
  }
  list.addSubnet(ip, length, family(version));
}
