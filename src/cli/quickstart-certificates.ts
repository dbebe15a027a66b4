import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Authority } from '../ca/authority.ts';
import { authorityPaths, createAuthority, openAuthority } from '../ca/authority-files.ts';
import { leafPaths, writeLeaf } from '../ca/leaf-files.ts';
import { emailAddress, serverName } from '../ca/requested-names.ts';
import { subjectOf } from '../ca/requested-subject.ts';
import { parseCertificate } from '../pki/certificate.ts';
import type { GeneralName } from '../pki/general-name.ts';
import { encodePublicKey, generatePrivateKey } from '../pki/keys.ts';
import { decodeCertificates } from '../pki/pem.ts';
import { existingPassphrase } from './authority-passphrase.ts';
import type { CliContext } from './context.ts';

/** The user of the client certificate. */
export const CLIENT_EMAIL = 'client@example.com';

const LEAVES: readonly Leaf[] = [
  {
    kind: 'server',
    name: 'server',
    commonName: 'localhost',
    sans: ['localhost', '127.0.0.1', '::1'].map(serverName),
  },
  { kind: 'client', name: 'client', commonName: 'client', sans: [emailAddress(CLIENT_EMAIL)] },
];

interface Leaf {
  readonly kind: 'server' | 'client';
  readonly name: string;
  readonly commonName: string;
  readonly sans: readonly GeneralName[];
}

/**
 * Makes the CA, a server and a client certificate in `dir`, or keeps what is there. A certificate of
 * another CA, or with less than a third of its life left, is made anew with a new key.
 */
export async function prepareCertificates(dir: string, context: CliContext): Promise<void> {
  const shown = relative(context.cwd, dir) || '.';
  const hadAuthority = existsSync(authorityPaths(dir).anchors);
  const now = context.now();
  const authority = hadAuthority
    ? await openAuthority(dir, existingPassphrase({}, context))
    : await createAuthority(dir, { name: 'Countersign Quickstart CA', now });
  context.stdout(`${hadAuthority ? 'Kept' : 'Made'} the CA in ${shown}\n`);
  for (const leaf of LEAVES) {
    const done = await prepareLeaf(dir, leaf, authority, now);
    context.stdout(`${done} ${join(shown, `${leaf.name}.crt`)} and ${leaf.name}.key\n`);
  }
}

async function prepareLeaf(
  dir: string,
  leaf: Leaf,
  authority: Authority,
  now: number,
): Promise<'Kept' | 'Made' | 'Renewed'> {
  const paths = leafPaths(dir, leaf.name);
  const existed = existsSync(paths.certificate) && existsSync(paths.key);
  if (existed && isFresh(paths.certificate, authority, now)) return 'Kept';
  const key = await generatePrivateKey('p256');
  const request = {
    subject: subjectOf(leaf.commonName),
    subjectAltNames: leaf.sans,
    publicKey: encodePublicKey(key),
    now,
  };
  const { chain } = await (leaf.kind === 'server'
    ? authority.issueServer(request)
    : authority.issueClient(request));
  await writeLeaf(paths, { chain, key }, 'replace');
  return existed ? 'Renewed' : 'Made';
}

/** Whether a certificate is this authority's and has at least a third of its life left. */
function isFresh(path: string, authority: Authority, now: number): boolean {
  const [der] = decodeCertificates(readFileSync(path, 'utf8'));
  if (der === undefined) return false;
  const certificate = parseCertificate(der);
  // Names don't tell two authorities apart that were made with the same one.
  const issuer = certificate.extensions.authorityKeyIdentifier?.keyIdentifier;
  const own = authority.issuing.extensions.subjectKeyIdentifier;
  if (issuer === undefined || issuer === null || own?.equals(issuer) !== true) return false;
  const life = certificate.notAfter - certificate.notBefore;
  return certificate.notAfter - now >= life / 3;
}
