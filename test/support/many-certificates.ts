// Server certificates by the thousand, for a configuration that names them all.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { ecKeys, extension, type Forged, forge } from './forged-certificate.ts';

export interface ManyCertificates {
  /** The folder holds `ca.crt` and, for each number from 0 on, `sites/N.crt` and `sites/N.key`. */
  readonly folder: string;
  readonly ca: Forged;
}

/** The server name of the certificate of this number. */
export function siteName(index: number): string {
  return `site-${index}.example.com`;
}

/** Issues `count` server certificates, P-256, each with its own key, into a folder. */
export async function issueMany(folder: string, count: number): Promise<ManyCertificates> {
  const ca = forge({ subject: 'CN=Many', extensions: [extension.ca()] });
  await mkdir(join(folder, 'sites'));
  await writeFile(join(folder, 'ca.crt'), ca.pem);
  for (let index = 0; index < count; index++) {
    const keys = ecKeys();
    const extensions = [extension.names({ kind: 'dns', value: siteName(index) })];
    const leaf = forge({ subject: `CN=${siteName(index)}`, issuer: ca, keys, extensions });
    await writeFile(join(folder, `sites/${index}.crt`), leaf.pem);
    await writeFile(join(folder, `sites/${index}.key`), encodePrivateKey(keys.privateKey), {
      mode: 0o600,
    });
  }
  return { folder, ca };
}

/** The `certificates` of a configuration in YAML, as people write it: a block each. */
export function manyInYaml(count: number, port: number, workers: number): string {
  let text = `listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    routes:
      - match: { path: /x }
        respond: { status: 200, body: many }
workers: ${workers}
certificates:
`;
  for (let index = 0; index < count; index++) {
    text += `  - cert_file: sites/${index}.crt
    key_file: sites/${index}.key
    ca_file: ca.crt
    verify: true
`;
  }
  return text;
}
