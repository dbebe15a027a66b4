import { buildCertificateRequest } from '../pki/certificate-request.ts';
import type { Certificate } from '../pki/certificate.ts';
import { encodePrivateKey, encodePublicKey } from '../pki/keys.ts';
import { encodePem } from '../pki/pem.ts';
import { keySigner } from '../pki/signer.ts';
import { askAuthority } from './enrolment-client.ts';
import { encodeChain, writeLeaf } from './leaf-files.ts';
import {
  keyLike,
  readCertificateFile,
  readKeyFile,
  type RenewalOptions,
  type Renewed,
  renewalTime,
} from './renewal.ts';

/** Where the authority is on the network, and the anchors that its server's certificate leads to. */
export interface RemoteAuthority {
  readonly url: string;
  readonly anchors: readonly Certificate[];
}

/**
 * Has the certificate in `path` (NAME.crt) issued again by an authority on the network, which knows whose
 * it is by mutual TLS with it and its key (NAME.key), and replaces both together. Throws EnrolmentError,
 * and AuthorityError `damaged` where the files can't be read as what they are.
 */
export async function renewOverNetwork(
  path: string,
  { url, anchors }: RemoteAuthority,
  { now, onlyDue, key: which }: Omit<RenewalOptions, 'days' | 'keyPath'>,
): Promise<Renewed> {
  const keyPath = path.replace(/\.crt$/, '.key');
  const certificate = await readCertificateFile(path);
  if (onlyDue && now < renewalTime(certificate)) return { kind: 'not-due', certificate };
  const old = await readKeyFile(keyPath, certificate);
  const key = which === 'same' ? old : await keyLike(old);
  const { subject, subjectAltNames } = certificate;
  const request = await buildCertificateRequest({ subject, subjectAltNames }, keySigner(key));
  const { chain } = await askAuthority({
    url,
    now,
    trust: { kind: 'anchors', anchors },
    request: encodePem('CERTIFICATE REQUEST', request),
    publicKey: encodePublicKey(key),
    by: { kind: 'certificate', cert: encodeChain([certificate]), key: encodePrivateKey(old) },
  });
  await writeLeaf({ certificate: path, key: keyPath, request: '' }, { chain, key }, 'replace');
  return { kind: 'renewed', certificate: chain[0] };
}
