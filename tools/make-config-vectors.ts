// Makes the certificates and keys in test/vectors/config/certs, which tests of the configuration name.
// Their dates and names are what matters; run it again only to add one.
import { execFileSync } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildCertificate,
  buildRoot,
  type CertificateRole,
  randomSerialNumber,
} from '../src/pki/certificate-builder.ts';
import { parseCertificate } from '../src/pki/certificate.ts';
import {
  encodePrivateKey,
  encodePublicKey,
  generatePrivateKey,
  type KeyType,
} from '../src/pki/keys.ts';
import { parseName } from '../src/pki/name.ts';
import { encodePem } from '../src/pki/pem.ts';
import { keySigner } from '../src/pki/signer.ts';

const FOLDER = join(import.meta.dirname, '../test/vectors/config/certs');
const START = '2026-12-01';

interface Wanted {
  readonly file: string;
  readonly subject: string;
  readonly dns?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly role?: CertificateRole;
  readonly keyType?: KeyType;
}

const root = await makeRoot('ca', 'CN=Example CA');
const other = await makeRoot('other-ca', 'CN=Other CA');
write('both-cas.crt', `The two authorities\n${other.pem}${root.pem}`);
write('ca-twice.crt', root.pem + root.pem);

const server = await makeLeaf({
  file: 'server',
  subject: 'CN=gateway',
  dns: ['a.test', '*.b.test'],
});
write('chain.crt', server.pem + root.pem);
write('chain-out-of-order.crt', server.pem + other.pem);
write('with-key.crt', encodePrivateKey(server.key) + server.pem);
write('encrypted.key', encodePrivateKey(server.key, 'passphrase'));
write(
  'encrypted-old.key',
  server.key.export({
    type: 'sec1',
    format: 'pem',
    cipher: 'aes-128-cbc',
    passphrase: 'passphrase',
  }),
);
await makeLeaf({ file: 'same-name', subject: 'CN=gateway', dns: ['a.test'] });
await makeLeaf({ file: 'cn-only', subject: 'O=Example,CN=c.test' });
await makeLeaf({ file: 'nameless', subject: 'CN=My Gateway' });
await makeLeaf({
  file: 'expired',
  subject: 'CN=expired.test',
  from: '2020-01-01',
  to: '2021-01-01',
});
await makeLeaf({
  file: 'last-third',
  subject: 'CN=old.test',
  from: '2026-04-01',
  to: '2027-03-01',
});
await makeLeaf({ file: 'future', subject: 'CN=future.test', from: '2030-01-01', to: '2031-01-01' });
await makeLeaf({ file: 'hundred-years', subject: 'CN=long.test', to: '2126-12-01' });
await makeLeaf({ file: 'client', subject: 'CN=client.test', role: { kind: 'client' } });
await makeLeaf({ file: 'rsa', subject: 'CN=rsa.test', keyType: 'rsa2048' });
await makeLeaf({ file: 'ed25519', subject: 'CN=ed.test', keyType: 'ed25519' });
write('empty.crt', 'nothing in here\n');
write('damaged.crt', server.pem.replace('MII', 'M!I'));
write('garbage.crt', encodePem('CERTIFICATE', Buffer.from('not a certificate')));
makeOldAuthority();
makeUnfitCertificates();

async function makeRoot(
  file: string,
  subject: string,
): Promise<{ pem: string; key: KeyObject; der: Buffer }> {
  const key = await generatePrivateKey();
  const signer = keySigner(key);
  const template = {
    role: { kind: 'root', pathLength: null },
    subject: parseName(subject),
    subjectAltNames: [],
    publicKey: encodePublicKey(key),
    serialNumber: randomSerialNumber(),
    notBefore: Date.parse(START),
    notAfter: Date.parse('2036-12-01'),
  } as const;
  const der = await buildRoot(template, signer);
  const pem = encodePem('CERTIFICATE', der);
  write(`${file}.crt`, pem);
  return { pem, key, der };
}

async function makeLeaf(wanted: Wanted): Promise<{ pem: string; key: KeyObject }> {
  const key = await generatePrivateKey(wanted.keyType);
  const issuer = parseCertificate(root.der);
  const der = await buildCertificate(
    {
      role: wanted.role ?? { kind: 'server' },
      subject: parseName(wanted.subject),
      subjectAltNames: (wanted.dns ?? []).map((value) => ({ kind: 'dns', value })),
      publicKey: encodePublicKey(key),
      serialNumber: randomSerialNumber(),
      notBefore: Date.parse(wanted.from ?? START),
      notAfter: Date.parse(wanted.to ?? '2027-12-01'),
    },
    {
      subjectDer: issuer.subjectDer,
      keyIdentifier: issuer.extensions.subjectKeyIdentifier,
      signer: keySigner(root.key),
    },
  );
  const pem = encodePem('CERTIFICATE', der);
  write(`${wanted.file}.crt`, pem);
  write(`${wanted.file}.key`, encodePrivateKey(key));
  return { pem, key };
}

/** Keys that OpenSSL won't serve with, and a signature that clients refuse: our own code makes neither. */
function makeUnfitCertificates(): void {
  const commands = `
    openssl req -x509 -newkey rsa:1024 -nodes -keyout rsa1024.key -out rsa1024.crt -days 10 -subj /CN=r
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime192v1 -nodes -keyout p192.key -out p192.crt -days 10 -subj /CN=r
    openssl dsaparam -genkey -noout -out dsa.key 2048
    openssl req -x509 -new -key dsa.key -out dsa.crt -days 4 -subj /CN=d
    openssl req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.crt -days 10 -subj /CN=ca
    openssl req -newkey rsa:2048 -nodes -keyout sha1.key -out sha1.csr -subj /CN=s
    openssl x509 -req -in sha1.csr -CA old.crt -CAkey old.key -set_serial 1 -sha1 -days 5 -out sha1.crt
    rm old.key old.crt sha1.csr
  `;
  execFileSync('sh', ['-e', '-c', commands], { cwd: FOLDER, stdio: 'pipe' });
}

/** X.509 v1, as `openssl x509 -req -signkey` without extensions makes it. */
function makeOldAuthority(): void {
  const key = join(FOLDER, 'v1-ca.key');
  const request = join(FOLDER, 'v1-ca.csr');
  const openssl = (args: string): void => {
    execFileSync('openssl', args.split(' '), { stdio: 'pipe' });
  };
  openssl(`req -new -newkey rsa:2048 -nodes -keyout ${key} -subj /CN=ROOTCA -out ${request}`);
  openssl(`x509 -req -days 36500 -in ${request} -signkey ${key} -out ${join(FOLDER, 'v1-ca.crt')}`);
  execFileSync('rm', [key, request]);
}

function write(name: string, text: string): void {
  writeFileSync(join(FOLDER, name), text);
}
