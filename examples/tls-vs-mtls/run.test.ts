// The whole comparison, short: its numbers must be those that the messages of RFC 8446 make.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { ComparisonResult } from './measurement.ts';
import { comparisonTable } from './table.ts';

test('mutual TLS takes three messages more, the same round trip, and more bytes and work', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'run.ts'),
    '--handshakes',
    '30',
    '--json',
  ]);
  const result = JSON.parse(stdout) as ComparisonResult;
  const { tls, mutualTls } = result;
  assert.equal(stderr, '');
  assert.equal(result.handshakes, 30);
  // ClientHello, Finished; ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished.
  assert.deepEqual(tls.messages, { client: 2, server: 5 });
  // Certificate and CertificateVerify more; CertificateRequest more.
  assert.deepEqual(mutualTls.messages, { client: 4, server: 6 });
  assert.equal(tls.roundTrips, 1);
  assert.equal(mutualTls.roundTrips, 1);
  // A leaf and an intermediate of P-256 are about 900 bytes, a CA's name less than 200.
  const sent = mutualTls.bytes.client - tls.bytes.client;
  const received = mutualTls.bytes.server - tls.bytes.server;
  assert.ok(sent > 700 && sent < 1500, `${sent} bytes more sent`);
  assert.ok(received > 30 && received < 300, `${received} bytes more received`);
  for (const kind of [tls, mutualTls]) {
    assert.ok(kind.cpuMs.client > 0.1 && kind.cpuMs.client < 100, `${kind.cpuMs.client} ms`);
    assert.ok(kind.cpuMs.server >= 0 && kind.cpuMs.server < 100, `${kind.cpuMs.server} ms`);
    assert.ok(kind.latencyMs.client > 0 && kind.latencyMs.client <= kind.latencyMs.server);
  }
  const table = comparisonTable(result);
  assert.match(table, /^messages, client to server +2 +4 +\+2 \(\+100 %\)$/m);
  assert.match(table, /^round trips +1 +1 +0$/m);
});
