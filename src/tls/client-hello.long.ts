// ClientHellos by the hundred thousand: no crash, no hang, no growth, no other name than OpenSSL's.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import {
  alpn,
  handshakeRecords,
  helloMessage,
  preSharedKey,
  sni,
  supportedGroups,
  supportedVersions,
} from '../../test/support/client-hello-bytes.ts';
import { assertAgreement } from '../../test/support/hello-agreement.ts';
import { helloVariants } from '../../test/support/hello-variants.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { ClientHelloReader } from './client-hello-reader.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());

const message = helloMessage({
  sessionId: Buffer.alloc(32, 3),
  extensions: [
    sni('service.example'),
    supportedGroups(0x11ec, 0x001d),
    alpn('h2', 'http/1.1'),
    supportedVersions(0x0304, 0x0303),
    preSharedKey(Buffer.alloc(32, 1), Buffer.alloc(200, 2)),
  ],
});

test('agrees with OpenSSL on 20,000 hellos', { timeout: 600_000 }, async () => {
  const agreed = await assertAgreement(ca.root, 20_000);
  assert.ok(agreed > 1000, `${agreed} hellos that both take`);
});

test('says the same of 200,000 hellos however they are cut', { timeout: 600_000 }, () => {
  const bytes = fc.oneof(
    fc.tuple(helloVariants(message), fc.integer({ min: 1, max: 400 })).map(([variant, size]) => {
      return handshakeRecords(variant, size);
    }),
    fc.uint8Array({ maxLength: 400 }).map((any) => Buffer.from(any)),
  );
  const property = fc.property(bytes, fc.integer({ min: 1, max: 100 }), (given, size) => {
    const whole = new ClientHelloReader().push(given);
    const reader = new ClientHelloReader();
    let last = whole;
    for (let at = 0; at < given.length; at += size) {
      last = reader.push(given.subarray(at, at + size));
      if (last.kind !== 'incomplete') break;
    }
    if (given.length > 0) assert.equal(last.kind, whole.kind);
  });
  const before = process.memoryUsage().heapUsed;
  fc.assert(property, { numRuns: 200_000 });
  assert.ok(process.memoryUsage().heapUsed - before < 200e6);
});
