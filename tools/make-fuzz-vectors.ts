// Makes the inputs in test/vectors/fuzz from which fuzzing starts: certificates, requests, PKCS#12 files
// and the first bytes of real TLS clients. They are kept so that a run can be repeated; run it again only
// to add one.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCertificateRequest } from '../src/pki/certificate-request.ts';
import { der } from '../src/pki/der-writer.ts';
import { ipAddressName, userPrincipalNameOf } from '../src/pki/general-name-writer.ts';
import { generatePrivateKey } from '../src/pki/keys.ts';
import { parseName } from '../src/pki/name.ts';
import { OID } from '../src/pki/oids.ts';
import { writePkcs12 } from '../src/pki/pkcs12.ts';
import { keySigner } from '../src/pki/signer.ts';
import {
  alpn,
  handshakeRecords,
  helloMessage,
  preSharedKey,
  sni,
  supportedGroups,
  supportedVersions,
} from '../test/support/client-hello-bytes.ts';
import { extension, type Forged, forge, rsaKeys } from '../test/support/forged-certificate.ts';
import {
  forgeList,
  type ForgeListOptions,
  listExtension,
} from '../test/support/forged-revocation-list.ts';
import { programPath } from '../test/support/programs.ts';

const FOLDER = join(import.meta.dirname, '../test/vectors/fuzz');
const work = mkdtempSync(join(tmpdir(), 'countersign-fuzz-'));

makeCertificates();
makeChains();
makeRevocationLists();
await makeRequests();
makePkcs12Files();
await makeClientHellos();
rmSync(work, { recursive: true });

function write(kind: string, file: string, bytes: Uint8Array): void {
  mkdirSync(join(FOLDER, kind), { recursive: true });
  writeFileSync(join(FOLDER, kind, file), bytes);
}

function makeCertificates(): void {
  const root = forge({
    subject: 'CN=Root,O=Fuzz',
    extensions: [extension.ca(3), extension.keyIdentifier('r')],
  });
  write('certificate', 'root.der', root.der);
  write('certificate', 'v1.der', forge({ subject: 'CN=v1', version: null }).der);
  write(
    'certificate',
    'rsa.der',
    forge({ subject: 'CN=rsa', issuer: root, keys: rsaKeys(1024) }).der,
  );
  const everything = forge({
    subject: 'CN=a\\2Cb+OU=\\C3\\A9,1.2.3=#0c0141,DC=x,DC=y',
    issuer: root,
    extensions: [
      extension.keyUsage(0x80),
      extension.purposes(OID.clientAuth),
      extension.authorityKeyIdentifier('r'),
      extension.names(
        { kind: 'dns', value: 'a.b' },
        { kind: 'email', value: 'a@b' },
        { kind: 'uri', value: 'spiffe://x' },
        { kind: 'ip', value: '', bytes: Buffer.from([10, 0, 0, 1]) },
        { kind: 'directory', value: parseName('CN=d') },
        { kind: 'registered-id', value: '1.2.3' },
        { kind: 'other', type: OID.userPrincipalName, value: der.utf8String('u@x'), upn: 'u@x' },
      ),
      extension.constraints([{ kind: 'dns', value: 'b' }], [{ kind: 'email', value: '.c' }]),
      extension.raw(OID.certificatePolicies, der.sequence(der.sequence(der.oid('1.2.3')))),
      extension.raw('1.2.3.4', der.null(), true),
    ],
  });
  write('certificate', 'everything.der', everything.der);
  const configuration = join(work, 'points.cnf');
  writeFileSync(
    configuration,
    `[req]
distinguished_name = dn
[dn]
[x]
crlDistributionPoints = URI:http://a/b.crl, URI:ldap:///CN=x
authorityInfoAccess = OCSP;URI:http://o/, caIssuers;URI:http://a/c.crt
certificatePolicies = 1.2.3, anyPolicy
policyConstraints = requireExplicitPolicy:3
issuerAltName = DNS:i.test
subjectAltName = RID:1.2.3, dirName:dn2, IP:2001:db8::1, otherName:1.2.3;UTF8:x
[dn2]
CN = n
`,
  );
  const args = '-x509 -newkey ed25519 -nodes -keyout /dev/null -outform DER -days 30 -extensions x';
  const subject = [
    '-subj',
    '/C=DE/ST=A/L=B/O=C/OU=D/OU=E/serialNumber=1/CN=points/emailAddress=a@b',
  ];
  const pointed = execFileSync(
    programPath('openssl'),
    ['req', '-config', configuration, ...args.split(' '), ...subject],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  write('certificate', 'points.der', pointed);
}

/** Chains, leaf first, one certificate behind the other; "anchor.der" is their trust anchor. */
function makeChains(): void {
  const authority = [extension.ca(), extension.keyUsage(0x06)];
  const anchor = forge({ subject: 'CN=Anchor', extensions: authority });
  const constrained = forge({
    subject: 'CN=Constrained',
    issuer: anchor,
    extensions: [
      extension.ca(1),
      extension.keyIdentifier('c'),
      extension.constraints(
        [
          { kind: 'dns', value: 'a.test' },
          { kind: 'email', value: '.a.test' },
          { kind: 'directory', value: parseName('O=A') },
        ],
        [{ kind: 'uri', value: 'b.test' }],
      ),
    ],
  });
  const below = forge({ subject: 'CN=Below,O=A', issuer: constrained, extensions: authority });
  const crossed = forge({
    subject: 'CN=Below,O=A',
    keys: below.keys,
    issuer: anchor,
    extensions: authority,
  });
  const circle = forge({
    subject: 'CN=Constrained',
    keys: constrained.keys,
    issuer: below,
    extensions: authority,
  });
  const leaf = (issuer: Forged, ...more: readonly Buffer[]) =>
    forge({ subject: 'CN=leaf,O=A', issuer, extensions: [extension.notCa(), ...more] });
  const named = leaf(
    below,
    extension.keyUsage(0x80),
    extension.purposes(OID.clientAuth),
    extension.names({ kind: 'dns', value: '*.a.test' }, { kind: 'email', value: 'x@y.a.test' }),
  );
  const save = (file: string, ...chain: readonly Forged[]) =>
    write('chain', file, Buffer.concat(chain.map((forged) => forged.der)));
  save('anchor.der', anchor);
  save('alone.der', leaf(anchor));
  save('constrained.der', named, below, constrained);
  save('crossed.der', named, circle, crossed, below, constrained, anchor);
}

function makeRevocationLists(): void {
  const issuer = forge({ subject: 'CN=Issuing,O=Fuzz', extensions: [extension.ca()] });
  const reasons = [0, 1, 6, 8].map((code, at) => ({
    serial: 2n ** BigInt(at * 40),
    extensions: [listExtension.reason(code, code === 6)],
  }));
  const save = (file: string, options: Omit<ForgeListOptions, 'issuer'>) =>
    write('revocation-list', file, forgeList({ issuer, ...options }));
  save('plain.der', { entries: [{ serial: 1n }, { serial: -1n }, { serial: 2n ** 159n }] });
  save('reasons.der', {
    entries: reasons,
    extensions: [listExtension.number(2 ** 40), extension.authorityKeyIdentifier('issuing')],
  });
  save('v1.der', { extensions: null, nextUpdate: null });
  save('scoped.der', {
    entries: [{ serial: 9n, extensions: [listExtension.certificateIssuer(issuer)] }],
    extensions: [
      listExtension.distributionPoint(
        listExtension.point('http://a/crl'),
        listExtension.flag(1),
        listExtension.flag(4),
      ),
      listExtension.delta(1),
    ],
  });
}

async function makeRequests(): Promise<void> {
  const wanted = {
    subject: parseName('CN=alice\\, the first,OU=svc+OU=x,O=Example'),
    subjectAltNames: [
      { kind: 'dns', value: 'a.example' },
      { kind: 'email', value: 'alice@example.com' },
      ipAddressName('10.0.0.1') ?? { kind: 'dns', value: 'b' },
      userPrincipalNameOf('alice@corp'),
    ],
  } as const;
  for (const type of ['p256', 'ed25519'] as const) {
    const signer = keySigner(await generatePrivateKey(type));
    write('request', `${type}.der`, await buildCertificateRequest(wanted, signer));
  }
  const bare = 'req -newkey rsa:2048 -nodes -keyout /dev/null -outform DER -subj /CN=bare'.split(
    ' ',
  );
  const request = execFileSync(programPath('openssl'), bare, {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  write('request', 'bare-rsa.der', request);
}

/** The password of all of them is `fuzz`. */
function makePkcs12Files(): void {
  const leaf = forge({ subject: 'CN=leaf' });
  const privateKey = leaf.keys.privateKey.export({ format: 'der', type: 'pkcs8' });
  const contents = { privateKey, certificates: [leaf.der], friendlyName: 'a name' };
  write('pkcs12', 'ours.p12', writePkcs12(contents, 'fuzz', { iterations: 1 }));
  writeFileSync(join(work, 'leaf.pem'), leaf.pem);
  writeFileSync(
    join(work, 'leaf.key'),
    leaf.keys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  );
  const common =
    '-export -in leaf.pem -inkey leaf.key -passout pass:fuzz -name n -iter 2 -out'.split(' ');
  for (const [file, ...options] of [
    ['openssl.p12'],
    ['plain.p12', '-keypbe', 'NONE', '-certpbe', 'NONE', '-macalg', 'sha1'],
  ] as const) {
    execFileSync(programPath('openssl'), ['pkcs12', ...common, file, ...options], { cwd: work });
    write('pkcs12', file, readFileSync(join(work, file)));
  }
}

async function makeClientHellos(): Promise<void> {
  const everything = helloMessage({
    sessionId: Buffer.alloc(32, 3),
    extensions: [
      sni('service.example'),
      alpn('h2', 'http/1.1'),
      supportedVersions(0x0304, 0x0303),
      supportedGroups(0x11ec, 0x001d),
      [35, Buffer.from('ticket')],
      [42, Buffer.alloc(0)],
      preSharedKey(Buffer.from('first'), Buffer.from('second')),
    ],
  });
  write('client-hello', 'everything.bin', handshakeRecords(everything));
  write('client-hello', 'in-records-of-40.bin', handshakeRecords(everything, 40));
  write('client-hello', 'bare.bin', handshakeRecords(helloMessage()));
  const url = (port: number): string => `https://fuzz.localhost:${port}/`;
  const clients: Readonly<Record<string, (port: number) => [string, ...string[]]>> = {
    'openssl-1.2': (port) => [
      programPath('openssl'),
      ...`s_client -tls1_2 -servername a.test -connect 127.0.0.1:${port}`.split(' '),
    ],
    gnutls: (port) => [
      programPath('gnutls-cli'),
      ...`--insecure --sni-hostname a.test --alpn h2 127.0.0.1:${port}`.split(' '),
    ],
    curl: (port) => [programPath('curl'), '-k', url(port)],
    node: (port) => [process.execPath, '-e', `fetch('https://localhost:${port}')`],
    chromium: (port) => [
      programPath('chromium'),
      ...`--headless --no-sandbox --disable-gpu --user-data-dir=${work}/profile ${url(port)}`.split(
        ' ',
      ),
    ],
  };
  for (const [name, command] of Object.entries(clients)) {
    write('client-hello', `${name}.bin`, await firstBytesOf(command));
  }
}

/** What a client sends before it hears anything. */
async function firstBytesOf(command: (port: number) => [string, ...string[]]): Promise<Buffer> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const [program, ...args] = command(address.port);
  const client = spawn(program, args, { stdio: 'ignore' });
  const [socket] = await once(server, 'connection');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  await new Promise((resolve) => setTimeout(resolve, 500));
  client.kill('SIGKILL');
  server.close();
  socket.destroy();
  return Buffer.concat(parts);
}
