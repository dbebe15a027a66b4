import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf } from '../../test/support/evidence.ts';
import { extension, forge, type ForgeOptions } from '../../test/support/forged-certificate.ts';
import { OID } from '../pki/oids.ts';
import { bestFinding } from './diagnose.ts';
import type { Finding } from './finding.ts';

const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
const names = extension.names({ kind: 'dns', value: 'test.com' });

/** The finding where a client sends this alert to a server with such a certificate. */
function alerted(alert: string, sni: string, server: Partial<ForgeOptions> = {}): Finding {
  const leaf = forge({ subject: 'CN=server', issuer: root, extensions: [names], ...server });
  const evidence = evidenceOf({
    codes: ['client-alert'],
    detail: alert,
    server: {
      name: 'server.crt',
      chain: [leaf.certificate],
      mode: 'true',
      mapping: false,
      anchors: [],
      depth: null,
      minVersion: 'TLSv1.2',
    },
  });
  evidence.record.sni = sni;
  const finding = bestFinding(evidence)?.en;
  assert.ok(finding !== undefined);
  return finding;
}

test('a client that does not know our CA is told which it needs', () => {
  const { detail, remedy } = alerted('unknown_ca', 'test.com');
  assert.match(detail, /does not trust server\.crt.*has to trust CN=Root\.$/);
  assert.match(remedy, /^Give the client the certificate of the CA CN=Root: curl --cacert/);
});

test('a fault of our own certificate is named, and then that is what has to be mended', () => {
  const at = Date.UTC(2026, 6, 1);
  const faults = [
    [{ notAfter: at - 86_400_000 }, 'test.com', /Our certificate expired at 2026-06-30/],
    [{ notBefore: at + 86_400_000 }, 'test.com', /valid from 2026-07-02/],
    [{}, 'other.com', /asked for other\.com, our certificate is for test\.com/],
    [{}, 'a.test.com', /asked for a\.test\.com/],
    [{ extensions: [] }, 'test.com', /no subject alternative name/],
    [{ extensions: [names, extension.purposes(OID.clientAuth)] }, 'test.com', /lacks serverAuth/],
  ] as const;
  for (const [server, sni, expected] of faults) {
    const { detail, remedy } = alerted('certificate_unknown', sni, server);
    assert.match(detail, expected);
    assert.equal(
      remedy,
      `Issue the server certificate anew: countersign issue server ${sni} --force`,
    );
  }
});

test('a wildcard covers one label', () => {
  const wildcard = { extensions: [extension.names({ kind: 'dns', value: '*.Test.com' })] };
  assert.doesNotMatch(alerted('unknown_ca', 'a.test.com', wildcard).detail, /asked for/);
  assert.match(alerted('unknown_ca', 'a.b.test.com', wildcard).detail, /asked for/);
  assert.match(alerted('unknown_ca', 'test.com', wildcard).detail, /asked for/);
});

test('each alert has a meaning', () => {
  assert.match(alerted('handshake_failure', 'test.com').detail, /does not want the TLS version/);
  assert.match(alerted('user_canceled', 'test.com').detail, /broke off/);
  assert.match(alerted('certificate_expired', 'test.com').remedy, /Compare the clocks/);
  assert.match(alerted('alert 255', 'test.com').detail, /takes what the gateway sent for faulty/);
});
