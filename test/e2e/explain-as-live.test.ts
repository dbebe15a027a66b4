// What `explain` says of a certificate is what a live gateway does with it: the same decision, the same
// user, the same code, over certificates as they should be and as they should not.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { LiveRevocations } from '../../src/tls/live-revocations.ts';
import { explainClient } from '../../src/gateway/explanation.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { OID } from '../../src/pki/oids.ts';
import { extension, type Forged, forge, forgeDer, rsaKeys } from '../support/forged-certificate.ts';
import { gatewayOptions, startLiveGateway } from '../support/live-gateway.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const rsa = rsaKeys(2048);
const shortRsa = rsaKeys(1024);

const root = forge({ subject: 'CN=Root,O=Acme', extensions: [extension.ca()] });
const issuing = forge({ subject: 'CN=Issuing,O=Acme', issuer: root, extensions: [extension.ca()] });
const second = forge({
  subject: 'CN=Second,O=Acme',
  issuer: issuing,
  extensions: [extension.ca()],
});
const lapsed = forge({
  subject: 'CN=Lapsed,O=Acme',
  issuer: root,
  extensions: [extension.ca()],
  notAfter: NOW - DAY,
});
const narrow = forge({ subject: 'CN=Narrow,O=Acme', issuer: root, extensions: [extension.ca(0)] });
const below = forge({ subject: 'CN=Below,O=Acme', issuer: narrow, extensions: [extension.ca()] });
const constrained = forge({
  subject: 'CN=Constrained,O=Acme',
  issuer: root,
  extensions: [
    extension.ca(),
    extension.constraints([{ kind: 'email', value: 'acme.example' }], []),
  ],
});
const serversOnly = forge({
  subject: 'CN=Servers only,O=Acme',
  issuer: root,
  extensions: [extension.ca(), extension.purposes(OID.serverAuth)],
});
const noCa = forge({ subject: 'CN=No CA,O=Acme', issuer: root, extensions: [extension.notCa()] });
const foreign = forge({ subject: 'CN=Foreign root', extensions: [extension.ca()] });
const namesake = forge({ subject: 'CN=Root,O=Acme', extensions: [extension.ca()] });
const device = forge({ subject: 'CN=device' });

/** Each with what a careful client sends behind its own certificate. */
const ISSUERS = {
  root: { issuer: root, chain: [] },
  issuing: { issuer: issuing, chain: [issuing] },
  second: { issuer: second, chain: [second, issuing] },
  lapsed: { issuer: lapsed, chain: [lapsed] },
  below: { issuer: below, chain: [below, narrow] },
  constrained: { issuer: constrained, chain: [constrained] },
  serversOnly: { issuer: serversOnly, chain: [serversOnly] },
  noCa: { issuer: noCa, chain: [noCa] },
  foreign: { issuer: foreign, chain: [foreign] },
  namesake: { issuer: namesake, chain: [] },
  itself: { issuer: undefined, chain: [] },
} satisfies Record<string, { issuer: Forged | undefined; chain: Forged[] }>;

const server = forge({
  subject: 'CN=server',
  issuer: root,
  extensions: [extension.names({ kind: 'dns', value: 'server.example' })],
});
const pinned = forge({ subject: 'CN=pinned', issuer: root });
const material = {
  cert: server.pem,
  key: server.keys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  ca: root.pem + device.pem,
};

const options = gatewayOptions({
  listeners: [
    {
      listen: '127.0.0.1:0',
      protocol: 'https',
      routes: [
        { match: { path: '/free' }, upstream: 'echo:' },
        {
          match: { path: '/users/*' },
          allow: ['alice@acme.example', 'CN=b,O=Acme'],
          upstream: 'echo:',
        },
        { match: { path: '/nobody' }, allow: ['nobody'], upstream: 'echo:' },
      ],
    },
  ],
  certificates: [
    { ...material, snis: ['off.example'], verify: false },
    { ...material, snis: ['optional.example'], verify: 'optional' },
    { ...material, snis: ['observe.example'], verify: 'observe' },
    { ...material, snis: ['true.example', '*.true.example'], verify: true },
    { ...material, snis: ['map.example'], verify_and_map: true },
    { ...material, snis: ['depth.example'], verify: true, depth: 0 },
    {
      ...material,
      snis: ['pins.example'],
      verify: true,
      pinned_certs: [pinned.certificate.spkiPin],
      refusal: 'http',
    },
    { ...material, snis: ['skip.example'], verify: true, skip_paths: ['/free'] },
  ],
  authorization: {
    users: ['alice@acme.example', 'a.acme.example', 'CN=b,O=Acme', 'nobody'].map((user) => ({
      user,
    })),
  },
});
const gateway = await startLiveGateway({ after }, options);

const SNIS = [
  ...['off', 'optional', 'observe', 'true', 'a.true', 'map', 'map', 'depth', 'pins', 'skip'].map(
    (name) => `${name}.example`,
  ),
  'unknown.example',
];

const certificates = fc.record({
  issuer: fc.constantFrom(...(Object.keys(ISSUERS) as (keyof typeof ISSUERS)[])),
  sends: fc.constantFrom('needed', 'needed', 'needed', 'leaf', 'backwards', 'everything'),
  special: fc.constantFrom(...Array.from({ length: 12 }, () => null), 'device', 'ca', 'pinned'),
  subject: fc.constantFrom('CN=a', 'CN=b,O=Acme', 'O=Acme,CN=b', 'CN=b+OU=x,O=Acme', ''),
  names: fc.subarray(['alice@acme.example', 'mallory@else.example', 'a.acme.example', 'urn:x']),
  purposes: fc.constantFrom(
    null,
    null,
    [OID.clientAuth],
    [OID.clientAuth, OID.serverAuth],
    [OID.serverAuth],
    [OID.anyExtendedKeyUsage],
  ),
  // Nothing, digitalSignature, keyAgreement, keyEncipherment, keyCertSign.
  keyUsage: fc.constantFrom(null, null, null, 0x80, 0x08, 0x20, 0x04),
  isCa: fc.constantFrom(null, null, null, false, false, true),
  validity: fc.constantFrom('now', 'now', 'now', 'now', 'past', 'future'),
  keys: fc.constantFrom('p256', 'p256', 'p256', 'rsa2048', 'rsa1024'),
  digest: fc.constantFrom('sha256', 'sha256', 'sha256', 'sha256', 'sha1'),
  critical: fc.constantFrom(false, false, false, false, false, true),
  sni: fc.constantFrom(...SNIS),
  path: fc.constantFrom(null, null, '/free', '/users/x', '/nobody', '/nowhere'),
  host: fc.constantFrom(null, null, null, 'true.example'),
  version: fc.constantFrom('TLSv1.2' as const, 'TLSv1.3' as const),
});

type Case = typeof certificates extends fc.Arbitrary<infer T> ? T : never;

function presented(drawn: Case): { der: Buffer[]; key: string } {
  const { issuer, chain } = ISSUERS[drawn.issuer];
  const keys = { p256: undefined, rsa2048: rsa, rsa1024: shortRsa }[drawn.keys];
  const san = drawn.names.map((value) => {
    if (value.startsWith('urn:')) return { kind: 'uri' as const, value };
    return { kind: value.includes('@') ? ('email' as const) : ('dns' as const), value };
  });
  const special = { device, ca: root, pinned };
  const made =
    drawn.special === null
      ? forgeDer({
          subject: drawn.subject,
          digest: drawn.digest,
          ...(issuer === undefined ? {} : { issuer }),
          ...(keys === undefined ? {} : { keys }),
          ...validityOf(drawn.validity),
          extensions: [
            ...(drawn.isCa === null ? [] : [drawn.isCa ? extension.ca() : extension.notCa()]),
            ...(drawn.keyUsage === null ? [] : [extension.keyUsage(drawn.keyUsage)]),
            ...(drawn.purposes === null ? [] : [extension.purposes(...drawn.purposes)]),
            ...(san.length === 0 ? [] : [extension.names(...san)]),
            ...(drawn.critical ? [extension.raw('1.2.3.4', Buffer.from([5, 0]), true)] : []),
          ],
        })
      : special[drawn.special];
  const above = chain.map(({ der }) => der);
  const sent = {
    needed: above,
    leaf: [],
    backwards: above.toReversed(),
    everything: [...above, root.der, foreign.der],
  }[drawn.sends];
  const key = made.keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
  return { der: [made.der, ...sent], key };
}

function validityOf(validity: string): { notBefore: number; notAfter: number } {
  if (validity === 'past') return { notBefore: NOW - 9 * DAY, notAfter: NOW - DAY };
  if (validity === 'future') return { notBefore: NOW + DAY, notAfter: NOW + 9 * DAY };
  return { notBefore: NOW - DAY, notAfter: NOW + 9 * DAY };
}

interface Sight {
  readonly decision: 'admit' | 'refuse';
  readonly user: unknown;
  readonly code: unknown;
  readonly title: unknown;
}

/** What the gateway does; null: the client's own OpenSSL would not send this certificate. */
async function live(
  drawn: Case,
  { der, key }: { der: Buffer[]; key: string },
): Promise<Sight | null> {
  const before = gateway.lines.length;
  const socket = connect({
    host: '127.0.0.1',
    port: gateway.port,
    servername: drawn.sni,
    rejectUnauthorized: false,
    minVersion: drawn.version,
    maxVersion: drawn.version,
    ciphers: 'DEFAULT:@SECLEVEL=0',
    cert: der.map((one) => encodePem('CERTIFICATE', one)).join(''),
    key: createPrivateKey(key).export({ format: 'pem', type: 'pkcs8' }),
  });
  let port = 0;
  let received = '';
  socket.setEncoding('latin1');
  socket.on('connect', () => (port = socket.localPort ?? 0));
  socket.on('secureConnect', () => {
    if (drawn.path === null) socket.end();
    else {
      const host = drawn.host ?? drawn.sni;
      socket.write(`GET ${drawn.path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    }
  });
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  const line = await gateway.waitForLine(
    ({ event, remotePort }) => event === 'handshake' && remotePort === port,
    before,
  );
  const wasAsked = line['mode'] !== null && line['mode'] !== 'false';
  if (wasAsked && line['peer'] === null && line['cause'] === 'no-certificate') return null;
  const answered = /^HTTP\/1\.1 (\d+)/.exec(received)?.[1];
  if (drawn.path !== null && answered !== undefined) {
    if (answered === '200') return { decision: 'admit', ...sightOf(line) };
    if (answered === '404')
      return { decision: 'refuse', user: line['user'], code: 'no-route', title: null };
    const refused = await gateway.waitForLine(
      ({ event, id }) => event === 'request-refused' && id === line['id'],
    );
    return { decision: 'refuse', ...sightOf(refused), user: line['user'] };
  }
  return { decision: line['outcome'] === 'admitted' ? 'admit' : 'refuse', ...sightOf(line) };
}

function sightOf(line: Readonly<Record<string, unknown>>): Omit<Sight, 'decision'> {
  const finding = line['finding'] as { title: string } | undefined;
  return { user: line['user'], code: line['cause'], title: finding?.title ?? null };
}

test('explain decides as the live gateway does', async () => {
  const listener = options.listeners[0];
  let compared = 0;
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(certificates, async (drawn) => {
      const client = presented(drawn);
      const actual = await live(drawn, client);
      if (actual === null) return;
      const request =
        drawn.path === null ? null : { method: 'GET', authority: drawn.host, path: drawn.path };
      const explained = await explainClient(
        listener,
        { chain: client.der, sni: drawn.sni, request },
        new LiveRevocations(),
        Date.now(),
      );
      const best = explained.findings[0];
      const expected: Sight = {
        decision: explained.decision,
        user: explained.user,
        code: best?.code ?? null,
        title: best?.title ?? null,
      };
      if (actual.code === 'no-route') assert.equal(expected.code, 'no-route');
      else assert.deepEqual(expected, actual);
      compared++;
      const outcome = typeof actual.code === 'string' ? actual.code : 'admitted';
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 200 },
  );
  assert.ok(compared >= 150, `only ${compared} certificates were compared`);
  assert.ok(seen.size >= 10, `few outcomes were met: ${JSON.stringify([...seen])}`);
});
