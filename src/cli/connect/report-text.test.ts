import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeName } from '../../pki/name-der.ts';
import { OID } from '../../pki/oids.ts';
import type { GeneralName } from '../../pki/general-name.ts';
import type { Probe } from '../../tls/probe/probe.ts';
import type { Message } from '../../tls/transcript/message.ts';
import type { TranscriptEntry } from '../../tls/transcript/transcript.ts';
import {
  extension,
  forge,
  type ForgeOptions,
  type Forged,
} from '../../../test/support/forged-certificate.ts';
import type { CliContext } from '../context.ts';
import { concludeFrom } from './conclusion.ts';
import { connectFacts, type ConnectSettings } from './facts.ts';
import { connectReport } from './report-text.ts';

const NOW = Date.UTC(2026, 6, 1);
const context: CliContext = {
  stdout: () => {},
  stderr: () => {},
  env: {},
  cwd: '.',
  program: 'countersign',
  now: () => NOW,
  askSecret: async () => null,
};

const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
const issuing = forge({ subject: 'CN=Issuing', issuer: root, extensions: [extension.ca()] });
const server = leaf('CN=localhost', issuing, [{ kind: 'dns', value: 'localhost' }], OID.serverAuth);
const client = leaf(
  'CN=alice',
  issuing,
  [{ kind: 'email', value: 'alice@example.com' }],
  OID.clientAuth,
  { notAfter: Date.UTC(2026, 5, 1) },
);

const settings: ConnectSettings = {
  target: { host: 'localhost', port: 9443 },
  serverName: 'localhost',
  trustName: '--cacert ca.crt',
  trustPlace: 'in --cacert ca.crt',
  caPem: root.pem,
  anchors: [root.certificate],
  identity: { chain: [client.certificate], certPem: client.pem, keyPem: '' },
  alpn: ['h2'],
  timeoutMs: 10_000,
  startTls: 'none',
  startedAt: NOW,
  repeated: ['--cacert', 'ca.crt'],
};

const hello: Message = {
  kind: 'client-hello',
  sni: 'localhost',
  alpn: ['h2'],
  versions: [0x0304, 0x0303],
  groups: [0x11ec, 0x001d],
  keyShares: [0x11ec],
  cipherSuites: [0x1301, 0xc02b],
  resumes: false,
};
const answer: Message = {
  kind: 'server-hello',
  version: 0x0304,
  cipherSuite: 0x1301,
  group: 0x11ec,
  alpn: null,
  resumes: false,
};
const certificate = (...chain: readonly Forged[]): Message => ({
  kind: 'certificate',
  chain: chain.map(({ der }) => der),
  stapled: false,
});
const verify: Message = { kind: 'certificate-verify', scheme: 0x0403 };
const finished: Message = { kind: 'finished' };

test('a late refusal of an expired certificate, in full', () => {
  const entries = [
    entry('client', 1599, hello),
    entry('server', 1210, answer),
    entry('server', 11, { kind: 'encrypted-extensions', alpn: 'h2' }),
    entry('server', 60, {
      kind: 'certificate-request',
      authorities: [encodeName(root.certificate.subject)],
      schemes: [0x0403],
    }),
    entry('server', 900, certificate(server, issuing)),
    entry('server', 79, verify),
    entry('server', 36, finished),
    entry('client', 800, certificate(client, issuing)),
    entry('client', 80, verify),
    entry('client', 36, finished),
    entry('server', 2, { kind: 'alert', fatal: true, description: 45 }),
  ];
  assert.equal(
    report(probeOf(entries)),
    `Connected to localhost:9443, which is 127.0.0.1:9443 in 1.5 ms

      ms  bytes
     0.0   1599  ->  ClientHello          TLSv1.3 or TLSv1.2; server name localhost; ALPN h2
                                          key shares of X25519MLKEM768; 2 groups, 2 cipher suites
     1.0   1210  <-  ServerHello          TLSv1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768
     2.0     11  <=  EncryptedExtensions  ALPN h2
     3.0     60  <=  CertificateRequest   a certificate of CN=Root
     4.0    900  <=  Certificate          CN=localhost and 1 more
     5.0     79  <=  CertificateVerify    ecdsa_secp256r1_sha256: the server has the key
     6.0     36  <=  Finished             the server confirms every message before it
     7.0    800  =>  Certificate          CN=alice and 1 more
     8.0     80  =>  CertificateVerify    ecdsa_secp256r1_sha256: the client has the key
     9.0     36  =>  Finished             the client confirms every message before it
    10.0      2  <=  Alert                fatal: certificate_expired (45)
                  => <= encrypted on the wire; read with this connection's own keys

The server's certificates
  CN=Root  (trust anchor, of --cacert ca.crt)
  └─ CN=Issuing
     2026-01-01 to 2027-12-31, 548 days left
     p256
     └─ CN=localhost
        2026-01-01 to 2027-12-31, 548 days left
        DNS:localhost
        p256, for serverAuth
  chain     good by --cacert ca.crt, up to CN=Root
  name      localhost is one of its names

The client's certificates
  asked for, of CN=Root
  CN=Root  (not sent; the server has to know it)
  └─ CN=Issuing
     2026-01-01 to 2027-12-31, 548 days left
     p256
     └─ CN=alice
        2026-01-01 to 2026-06-01, EXPIRED 30 days ago
        email:alice@example.com
        p256, for clientAuth

FAILED: refused after the handshake with the alert certificate_expired
  late     with TLSv1.3 a client is through before the server has looked at its certificate, so the refusal
           comes after its success
  means    the client's certificate has expired, or is not valid yet, by the server's clock
  to do    look here first: the client's certificate expired 30 days ago
  agreed   TLSv1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768, ALPN h2
  took     1 round trip, 9.0 ms; 2600 bytes sent, 2400 received
`,
  );
});

test('nothing that a server says acts on the terminal', () => {
  const nasty = '\x1b[31mred\x07\u009b2J\u202e\r\n';
  const evil = leaf(
    encodeName([[{ type: OID.commonName, value: nasty, der: utf8(nasty) }]]),
    root,
    [
      { kind: 'dns', value: '\x1b[1mbold' },
      { kind: 'email', value: 'a\nb' },
    ],
    OID.serverAuth,
  );
  const entries = [
    entry('client', 1, hello),
    entry('server', 1, { ...answer, alpn: 'h2' }),
    entry('server', 1, {
      kind: 'certificate-request',
      authorities: [encodeName(evil.certificate.subject), Buffer.from('noise')],
      schemes: [],
    }),
    entry('server', 1, certificate(evil)),
    entry('server', 1, { kind: 'certificate', chain: [Buffer.from('noise')], stapled: true }),
    entry('server', 1, finished),
    entry('client', 1, finished),
    entry('server', 1, { kind: 'application-data', start: Buffer.from(nasty) }),
    entry('server', 1, { kind: 'application-data', start: Buffer.from('-ERR \x7f\x9b') }),
    entry('server', 1, { kind: 'foreign', start: Buffer.from(nasty) }),
  ];
  for (const nameError of [null, nasty]) {
    const probe: Probe = {
      ...probeOf(entries),
      greeting: { version: nasty, serverName: nasty, tlsRequired: true, tlsVerify: true },
      verification: { chainError: 'SELF_SIGNED_CERT_IN_CHAIN', nameError },
      ending: { kind: 'closed', atMs: 9, reset: true },
    };
    const text = report(probe);
    assert.match(text, /red/);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  }
});

test('what our verifier holds against a chain is told, each cause under its code', () => {
  const expired = leaf('CN=old', root, [{ kind: 'dns', value: 'localhost' }], OID.clientAuth, {
    notAfter: Date.UTC(2026, 5, 1),
  });
  // OpenSSL stops at the first.
  const entries = [
    entry('client', 1, hello),
    entry('server', 1, answer),
    entry('server', 1, certificate(expired)),
  ];
  const verification = { chainError: 'CERT_HAS_EXPIRED', nameError: null };
  assert.match(
    report({ ...probeOf(entries), verification }),
    /chain +NOT TRUSTED by --cacert ca\.crt, up to CN=Root\n +expired: CN=old expired[^\n]+\n +wrong-purpose: CN=old[^\n]+\n/,
  );
});

function report(probe: Probe): string {
  const facts = connectFacts(settings, probe);
  return connectReport(facts, concludeFrom(facts, context), context);
}

function probeOf(entries: readonly TranscriptEntry[]): Probe {
  return {
    address: { ip: '127.0.0.1', port: 9443 },
    connectedMs: 1.5,
    greeting: null,
    transcript: {
      entries,
      sent: { client: { total: 2600, handshake: 2600 }, server: { total: 2400, handshake: 2376 } },
      roundTrips: 1,
    },
    secureMs: 8,
    verification: { chainError: null, nameError: null },
    ending: { kind: 'tls-error', atMs: 9, code: 'ERR_SSL_TLSV1_ALERT_CERTIFICATE_EXPIRED' },
  };
}

let count = 0;

function entry(from: 'client' | 'server', bytes: number, message: Message): TranscriptEntry {
  count += 1;
  const encrypted = !message.kind.endsWith('hello');
  return { from, atMs: 10 + count, bytes, encrypted, message };
}

function leaf(
  subject: string | Buffer,
  issuer: Forged,
  names: readonly GeneralName[],
  purpose: string,
  more: Partial<ForgeOptions> = {},
): Forged {
  const extensions = [extension.names(...names), extension.purposes(purpose)];
  return forge({ subject, issuer, extensions, ...more });
}

function utf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x0c, bytes.length]), bytes]);
}
