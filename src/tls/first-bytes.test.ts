import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyFirstBytes, type OtherProtocol } from './first-bytes.ts';

const known: readonly (readonly [OtherProtocol, Buffer])[] = [
  ['http', Buffer.from('GET / HTTP/1.1\r\n')],
  ['http', Buffer.from('OPTIONS * HTTP/1.1\r\n')],
  ['http', Buffer.from('GET http://test.com/ HTTP/1.1\r\n')],
  ['http', Buffer.from('CONNECT test.com:443 HTTP/1.1\r\n')],
  ['http', Buffer.from('PROPFIND /dav HTTP/1.1\r\n')],
  ['http', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['ssh', Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')],
  ['proxy', Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n')],
  ['proxy', Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11', 'latin1')],
  ['nats', Buffer.from('CONNECT {"verbose":false}\r\n')],
  ['mqtt', Buffer.from([0x10, 0x10, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0])],
  ['postgresql', Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f])],
  ['rdp', Buffer.from([3, 0, 0, 0x13, 0x0e])],
  ['socks', Buffer.from([5, 1, 0])],
  ['smtp', Buffer.from('EHLO there\r\n')],
  ['sslv2', Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 21])],
  ['unknown', Buffer.from('hello there, this is nobody\r\n')],
  ['unknown', Buffer.from('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')],
  ['unknown', Buffer.from('PUB foo 5\r\nhello\r\n')],
  ['unknown', Buffer.from([0, 1, 2, 3, 4, 5, 6, 7])],
];

for (const [protocol, bytes] of known) {
  const shown = JSON.stringify(bytes.toString('latin1').slice(0, 16));
  test(`takes ${shown} for ${protocol}, at the same byte however it is cut`, () => {
    assert.equal(classifyFirstBytes(bytes), protocol);
    let said: OtherProtocol | null = null;
    for (let length = 1; length <= bytes.length && said === null; length += 1) {
      said = classifyFirstBytes(bytes.subarray(0, length));
      if (said !== null) assert.ok(length <= 24, `${length} bytes were needed`);
    }
    assert.equal(said, protocol);
  });
}
