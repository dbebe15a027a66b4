import { curlAs, listener, type RefusalCase } from './refusal-case.ts';

const trustsBoth = (other: string): RefusalCase['mended'] => ({
  preparation: `cat ca.crt ${other}.crt > both.crt`,
  configuration: listener({ tls: ['ca_file: both.crt'] }),
});

/** Refusals for what is wrong with a certificate. */
export const certificateCases: readonly RefusalCase[] = [
  {
    code: 'no-certificate',
    configuration: listener(),
    command: 'curl --cacert ca.crt https://localhost:9443/',
    mended: { command: curlAs('alice') },
    tells: /issued by CN=Example Root,O=Example/,
  },
  {
    code: 'unknown-issuer',
    configuration: listener(),
    command: curlAs('stranger'),
    mended: trustsBoth('other-ca'),
    tells: /issued by CN=Elsewhere Root.*Trusted issuers: CN=Example Root/,
  },
  {
    code: 'unknown-issuer',
    variant: 'a CA of the same name with another key',
    configuration: listener(),
    command: curlAs('dave'),
    mended: trustsBoth('second-ca'),
    tells: /trusted by name, but its key is \w+, the certificate was signed by \w+/,
  },
  {
    code: 'missing-intermediate',
    configuration: listener(),
    command: curlAs('bob'),
    mended: { command: curlAs('bob-chain') },
    tells: /was issued by CN=Example Issuing CA.*sent its own certificate alone/,
  },
  {
    code: 'expired',
    configuration: listener(),
    command: curlAs('expired'),
    mended: {
      preparation:
        'openssl x509 -req -in expired.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -out expired.crt',
    },
    tells: /expired at 2020-02-01T00:00:00Z, \d+ days ago/,
  },
  {
    code: 'not-yet-valid',
    configuration: listener(),
    command: curlAs('future'),
    mended: {
      preparation:
        'openssl x509 -req -in future.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -out future.crt',
    },
    tells: /valid from 2099-01-01T00:00:00Z, in \d+ days/,
  },
  {
    code: 'wrong-purpose',
    configuration: listener(),
    command: curlAs('purpose'),
    mended: {
      preparation:
        'openssl x509 -req -in purpose.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -out purpose.crt',
    },
    tells: /server certificate: its extended key usage is serverAuth/,
  },
  {
    code: 'ca-as-leaf',
    configuration: listener(),
    command: curlAs('ca-leaf'),
    mended: trustsBoth('ca-leaf'),
    tells: /CN=ca-leaf is a CA certificate/,
  },
  {
    code: 'chain-too-deep',
    configuration: listener({ tls: ['depth: 0'] }),
    command: curlAs('bob-chain'),
    mended: { configuration: listener({ tls: ['depth: 1'] }) },
    tells: /and the trust anchor: 1; server\.crt allows 0/,
  },
  {
    code: 'name-constraint',
    configuration: listener(),
    command: curlAs('carol-chain'),
    mended: { command: curlAs('paula-chain') },
    tells: /email:carol@elsewhere\.example.*may certify: email:partner\.example/,
  },
  {
    code: 'weak-signature',
    configuration: listener(),
    command:
      'openssl s_client -tls1_2 -cipher DEFAULT@SECLEVEL=0 -connect localhost:9443 -CAfile ca.crt -cert sha1.crt -key bob.key < /dev/null',
    mended: {
      preparation:
        'openssl x509 -req -in bob.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -sha256 -out sha1.crt',
    },
    tells: /signed with ecdsa-with-SHA1/,
  },
  {
    code: 'pin-mismatch',
    configuration: listener({ tls: [`pinned_certs: ["${'0'.repeat(64)}"]`] }),
    command: curlAs('alice'),
    mended: {
      preparation:
        'openssl x509 -in alice.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -r | cut -c 1-64 > pin',
      configuration: listener({ tls: ['pinned_certs: ["$(cat pin)"]'] }),
    },
    tells: /this one is [0-9a-f]{64}/,
  },
  {
    code: 'malformed-certificate',
    configuration: listener(),
    command: curlAs('version4'),
    mended: {
      preparation:
        'openssl x509 -req -in alice.csr -CA ca.crt -CAkey ca.key -days 90 -out version4.crt',
    },
    tells: /version: unknown version 4/,
  },
  {
    code: 'unverifiable',
    configuration: listener(),
    command: curlAs('critical'),
    mended: {
      preparation:
        'openssl x509 -req -in critical.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -out critical.crt',
    },
    tells: /unknown critical extension 1\.2\.3\.4/,
  },
  {
    code: 'no-user-matches',
    configuration: listener({
      tls: ['verify_and_map: true'],
      top: ['authorization:', '  users:', '    - user: Alice@example.com'],
    }),
    command: curlAs('alice'),
    mended: {
      configuration: listener({
        tls: ['verify_and_map: true'],
        top: ['authorization:', '  users:', '    - user: "alice@example.com"'],
      }),
    },
    tells: /1\. email alice@example\.com, 2\. subject CN=alice,.*Near: the user Alice@example\.com/,
  },
  {
    code: 'no-user-matches',
    variant: 'one attribute more',
    configuration: listener({
      tls: ['verify_and_map: true'],
      top: ['authorization:', '  users:', '    - user: CN=alice,O=Example'],
    }),
    command: curlAs('alice'),
    mended: {
      configuration: listener({
        tls: ['verify_and_map: true'],
        top: ['authorization:', '  users:', '    - user: CN=alice,OU=Clients,O=Example'],
      }),
    },
    tells: /CN=alice,O=Example: the certificate has OU=Clients besides/,
  },
  {
    code: 'user-not-allowed',
    configuration: listener({
      rest: [
        'routes:',
        '  - match: { path: / }',
        '    allow: [bob@example.com]',
        '    upstream: "echo:"',
      ],
      top: [
        'authorization:',
        '  users:',
        '    - user: alice@example.com',
        '    - user: bob@example.com',
      ],
    }),
    command: curlAs('alice', '--fail'),
    mended: {
      configuration: listener({
        rest: [
          'routes:',
          '  - match: { path: / }',
          '    allow: [bob@example.com, "alice@example.com"]',
          '    upstream: "echo:"',
        ],
        top: [
          'authorization:',
          '  users:',
          '    - user: alice@example.com',
          '    - user: bob@example.com',
        ],
      }),
    },
    tells: /The client is alice@example\.com\. GET \/ is for bob@example\.com alone/,
  },
];
