import { curlAs, listener, type RefusalCase } from './refusal-case.ts';

const twoSites = (snis: readonly [string, string]): string =>
  [
    'listeners:',
    '  - listen: 127.0.0.1:9443',
    '    upstream: "echo:"',
    'certificates:',
    `  - { snis: [${snis[0]}], cert_file: a-server.crt, key_file: a-server.key, ca_file: ca.crt, verify: true }`,
    `  - { snis: [${snis[1]}], cert_file: b-server.crt, key_file: b-server.key, ca_file: ca.crt, verify: true }`,
    '',
  ].join('\n');

const asAlice = '--cacert ca.crt --cert alice.crt --key alice.key';
const openssl = 'openssl s_client -connect localhost:9443 -CAfile ca.crt';
const alicesKey = '-cert alice.crt -key alice.key';

/** What clients in the clear begin with, as printf writes it. */
const FIRST_BYTES = {
  ssh: 'SSH-2.0-OpenSSH_9.2\\r\\n',
  mqtt: '\\020\\014\\000\\004MQTT\\004\\002\\000\\074\\000\\000',
  nats: 'CONNECT {"verbose":false}\\r\\nPING\\r\\n',
  postgresql: '\\000\\000\\000\\010\\004\\322\\026\\057',
} as const;

/** Python clients that wait: connect, wait, shake hands. */
const slowClient = (wait: string): string =>
  `python3 -c "import socket, ssl, time
context = ssl.create_default_context(cafile='ca.crt')
context.load_cert_chain('alice.crt', 'alice.key')
raw = socket.create_connection(('localhost', 9443))
${wait}
context.wrap_socket(raw, server_hostname='localhost').close()"`;

/** Refusals for how a client connects. */
export const connectionCases: readonly RefusalCase[] = [
  {
    code: 'sni-unknown',
    configuration: twoSites(['a.test', 'b.test']),
    command: `curl ${asAlice} https://localhost:9443/`,
    mended: {
      command: `curl ${asAlice} --resolve a.test:9443:127.0.0.1 https://a.test:9443/`,
    },
    tells: /asked for localhost and 127\.0\.0\.1:9443 has no default.*a\.test, b\.test/,
  },
  {
    code: 'host-mismatch',
    configuration: twoSites(['a.test', 'b.test']),
    command: `curl --fail ${asAlice} --resolve a.test:9443:127.0.0.1 -H 'Host: b.test' https://a.test:9443/`,
    mended: {
      command: `curl --fail ${asAlice} --resolve b.test:9443:127.0.0.1 https://b.test:9443/`,
    },
    tells: /made for a\.test \(a-server\.crt\), the request is for b\.test/,
  },
  {
    code: 'no-shared-parameters',
    variant: 'version',
    configuration: listener({ tls: ['min_version: "1.3"'] }),
    command: curlAs('alice', '--tls-max 1.2'),
    mended: { configuration: listener({ tls: ['min_version: "1.2"'] }) },
    tells: /No common TLS version.*offers: TLSv1\.2.*takes: TLSv1\.3/,
  },
  {
    code: 'no-shared-parameters',
    variant: 'cipher suite',
    configuration: listener(),
    command: `${openssl} ${alicesKey} -tls1_2 -cipher AES128-SHA < /dev/null`,
    mended: { command: `${openssl} ${alicesKey} -tls1_2 -cipher ECDHE < /dev/null` },
    tells: /No common cipher suite.*offers: TLS_RSA_WITH_AES_128_CBC_SHA.*kind p256/,
  },
  {
    code: 'no-shared-parameters',
    variant: 'key-exchange group',
    configuration: listener(),
    command: `${openssl} ${alicesKey} -tls1_3 -groups brainpoolP256r1:ffdhe8192 < /dev/null`,
    mended: { command: `${openssl} ${alicesKey} -tls1_3 -groups X25519:P-256 < /dev/null` },
    tells: /No common key-exchange group.*ffdhe8192/,
  },
  {
    code: 'no-shared-parameters',
    variant: 'application protocol',
    configuration: listener(),
    command: `${openssl} ${alicesKey} -alpn mqtt < /dev/null`,
    mended: { command: `${openssl} ${alicesKey} -alpn http/1.1 < /dev/null` },
    tells: /No common application protocol.*offers: mqtt\. .*takes: h2, http\/1\.1/,
  },
  {
    code: 'plain-http',
    configuration: listener(),
    command: `curl ${asAlice} http://localhost:9443/`,
    mended: { command: `curl ${asAlice} https://localhost:9443/` },
    tells: /speaks https; the client began with an HTTP request in the clear/,
  },
  ...(Object.keys(FIRST_BYTES) as (keyof typeof FIRST_BYTES)[]).map((protocol): RefusalCase => {
    const bytes = `printf '${FIRST_BYTES[protocol]}'`;
    return {
      code: 'other-protocol',
      variant: protocol,
      configuration: listener(),
      command: `${bytes} | curl telnet://localhost:9443`,
      mended: { command: `${bytes} | ${openssl} ${alicesKey}` },
      tells: {
        ssh: /an SSH greeting/,
        mqtt: /an MQTT CONNECT in the clear/,
        nats: /a NATS CONNECT in the clear/,
        postgresql: /PostgreSQL's request for TLS/,
      }[protocol],
    };
  }),
  {
    code: 'handshake-timeout',
    configuration: listener({ tls: ['timeout: 300ms'] }),
    command: slowClient('time.sleep(1)'),
    mended: { configuration: listener({ tls: ['timeout: 60s'] }) },
    tells: /no whole ClientHello within 300 ms/,
  },
  {
    code: 'client-alert',
    variant: 'unknown_ca',
    configuration: listener(),
    command: 'curl --cert alice.crt --key alice.key https://localhost:9443/',
    mended: { command: `curl ${asAlice} https://localhost:9443/` },
    tells: /alert unknown_ca: it does not trust server\.crt .*has to trust CN=Example Root/,
  },
  {
    code: 'client-closed',
    configuration: listener(),
    command: slowClient('raw.close(); raise SystemExit'),
    mended: { command: slowClient('pass') },
    tells: /closed before it sent a ClientHello/,
  },
  {
    code: 'no-upstream',
    configuration: [
      'listeners:',
      '  - listen: 127.0.0.1:9443',
      '    protocol: nats',
      '    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: true }',
      '    upstream: nats://127.0.0.1:4222',
      '',
    ].join('\n'),
    command: `countersign connect localhost:9443 --starttls nats ${asAlice}`,
    mended: { upstream: 'nats-server --addr 127.0.0.1 --port 4222 &' },
    tells: /can't be greeted before the upstream of 127\.0\.0\.1:9443/,
  },
  {
    code: 'malformed',
    configuration: listener(),
    command:
      "printf '\\026\\003\\001\\000\\005\\002\\000\\000\\001\\000' | curl telnet://localhost:9443",
    mended: { command: `${openssl} ${alicesKey} < /dev/null` },
    tells: /the first message is not a ClientHello/,
  },
];
