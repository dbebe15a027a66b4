import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientNetwork } from './client-network.ts';

const cases: Record<string, string> = {
  '192.0.2.7': '192.0.2.7',
  '::ffff:192.0.2.7': '192.0.2.7',
  '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
  '2001:db8:1:2::6': '2001:db8:1:2::/64',
  '2001:db8::6': '2001:db8:0:0::/64',
  '2001:db8::4:5:6:7:8': '2001:db8:0:4::/64',
  '2001::3:4:5:6:7:8': '2001:0:3:4::/64',
  '2001:db8:1:2:3:4:5::': '2001:db8:1:2::/64',
  '2001:db8:1::': '2001:db8:1:0::/64',
  '::1': '0:0:0:0::/64',
  '::': '0:0:0:0::/64',
  '::2:3:4:5:6:7:8': '0:2:3:4::/64',
  'fe80::1%eth0': 'fe80:0:0:0::/64',
};

for (const [address, network] of Object.entries(cases)) {
  test(`${address} counts as ${network}`, () => assert.equal(clientNetwork(address), network));
}
