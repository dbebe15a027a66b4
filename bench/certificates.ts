// The certificates of every contender and of the load: one key type, one CA, by openssl.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadPlan } from './load/plan.ts';
import { BENCH_USER } from './peers/peer.ts';

/** Paths. */
export interface BenchCertificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** A client's of another CA. */
  readonly strangerCert: string;
  readonly strangerKey: string;
}

/** What a load needs to come as the client that is admitted. */
export function clientFiles({
  ca,
  clientCert,
  clientKey,
}: BenchCertificates): Pick<LoadPlan, 'caFile' | 'certFile' | 'keyFile'> {
  return { caFile: ca, certFile: clientCert, keyFile: clientKey };
}

export type KeyType = 'P-256' | 'RSA-2048';

const KEYS: Readonly<Record<KeyType, string>> = {
  'P-256': 'ec -pkeyopt ec_paramgen_curve:P-256',
  'RSA-2048': 'rsa:2048',
};

const COMMANDS = `
req -x509 -newkey KEY -nodes -days 30 -subj /CN=Bench-CA -keyout ca.key -out ca.crt
req -newkey KEY -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext extendedKeyUsage=serverAuth -keyout server.key -out server.csr
x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copy -out server.crt
req -newkey KEY -nodes -subj /O=Example/CN=bench -addext subjectAltName=email:${BENCH_USER} -addext extendedKeyUsage=clientAuth -keyout client.key -out client.csr
x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copy -out client.crt
req -x509 -newkey KEY -nodes -days 30 -subj /CN=Other-CA -keyout other.key -out other.crt
x509 -req -in client.csr -CA other.crt -CAkey other.key -CAcreateserial -days 30 -copy_extensions copy -out stranger.crt
`;

/** Makes them in a folder. */
export async function makeCertificates(
  folder: string,
  keyType: KeyType = 'P-256',
): Promise<BenchCertificates> {
  await mkdir(folder, { recursive: true });
  for (const command of COMMANDS.replaceAll('KEY', KEYS[keyType]).trim().split('\n')) {
    await promisify(execFile)('openssl', command.split(' '), { cwd: folder });
  }
  return {
    ca: join(folder, 'ca.crt'),
    serverCert: join(folder, 'server.crt'),
    serverKey: join(folder, 'server.key'),
    clientCert: join(folder, 'client.crt'),
    clientKey: join(folder, 'client.key'),
    strangerCert: join(folder, 'stranger.crt'),
    strangerKey: join(folder, 'client.key'),
  };
}
