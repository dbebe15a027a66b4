// Server certificates with everything that a scanner looks for, one of each kind of key.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programPath } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const EXTENSIONS = [
  'subjectAltName=DNS:localhost,IP:127.0.0.1',
  'extendedKeyUsage=serverAuth',
  'keyUsage=critical,digitalSignature',
  'crlDistributionPoints=URI:http://localhost/ca.crl',
].flatMap((extension) => ['-addext', extension]);
const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const RSA = ['-newkey', 'rsa:2048', '-nodes'];
const SIGN = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '90'];

/** A folder with `ca.crt`, and `ec.crt`, `ec.key`, `rsa.crt` and `rsa.key` for localhost. */
export async function scannedCertificates(t: {
  after(hook: () => Promise<void>): void;
}): Promise<string> {
  const cwd = await temporaryFolder(t);
  const openssl = (...args: string[]) => promisify(execFile)(programPath('openssl'), args, { cwd });
  const root = ['-subj', '/O=Example/CN=Scanned-CA', '-keyout', 'ca.key', '-out', 'ca.crt'];
  await openssl('req', '-x509', ...P256, '-days', '3650', ...root);
  for (const [name, key] of Object.entries({ ec: P256, rsa: RSA })) {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    await openssl('req', ...key, '-subj', '/CN=localhost', ...EXTENSIONS, ...files);
    const request = ['-in', `${name}.csr`, '-copy_extensions', 'copy', '-out', `${name}.crt`];
    await openssl('x509', '-req', ...SIGN, ...request);
  }
  return cwd;
}
