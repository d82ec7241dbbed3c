import { describe, expect, test } from 'vitest';
import { countedNetwork, createNetworks, plainIp } from './ip-address.ts';

test.each([
  ['203.0.113.7', '203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:4711', '203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7', '203.0.113.7'],
  ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7', '203.0.113.7'],
  ['2001:DB8::1', '2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff::1', '2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
  ['[2001:db8::1]:443', '2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0001:0002:3:4:5:6', '2001:0db8:0001:0002:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1::192.0.2.1', '2001:db8:1::192.0.2.1', '2001:db8:1:0::/64'],
  ['1::2:3:4:5:6:7', '1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
  ['::1', '::1', '0:0:0:0::/64'],
  ['unknown', undefined, 'unknown'],
  ['', undefined, 'unknown'],
  ['203.0.113.7, 10.0.0.1', undefined, 'unknown'],
  ['203.0.113.256', undefined, 'unknown'],
])('%s is the IP %s and counts as %s', (text, ip, network) => {
  expect(plainIp(text)).toBe(ip);
  expect(countedNetwork(text)).toBe(network);
});

describe('a set of networks', () => {
  test.each([
    ['loopback', '127.3.2.1', true],
    ['loopback', '::1', true],
    ['loopback', '::ffff:127.0.0.1', true],
    ['loopback', '128.0.0.1', false],
    ['linklocal', 'fe80::1%eth0', true],
    ['uniquelocal', '172.31.255.255', true],
    ['uniquelocal', '172.32.0.0', false],
    ['uniquelocal', 'fd00::1', true],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.0/24', '203.0.113.8:80', true],
    ['2001:db8::/32', '2001:db8:9::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['10.0.0.0/8', 'unknown', false],
  ])('%s has %s: %s', (network, ip, isIn) => {
    const networks = createNetworks(['192.0.2.1', network]);
    expect([networks(ip), networks(ip)]).toEqual([isIn, isIn]);
  });

  test.each(['localhost', '10.0.0.0/33', '10.0.0.0/0', '::/129', '10.0.0/8', 'Loopback', ''])(
    'does not take "%s"',
    (text) => {
      expect(() => createNetworks([text])).toThrow(
        `"${text}" is neither an IP address nor a network.`,
      );
    },
  );
});
