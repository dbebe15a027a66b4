// The certificates of every contender and of the load: P-256, one CA, by openssl.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BENCH_USER } from './peers/peer.ts';

/** Paths. */
export interface BenchCertificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

const COMMANDS = `
req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=Bench-CA -keyout ca.key -out ca.crt
req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext extendedKeyUsage=serverAuth -keyout server.key -out server.csr
x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copy -out server.crt
req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=Example/CN=bench -addext subjectAltName=email:${BENCH_USER} -addext extendedKeyUsage=clientAuth -keyout client.key -out client.csr
x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copy -out client.crt
`;

/** Makes them in a folder. */
export async function makeCertificates(folder: string): Promise<BenchCertificates> {
  for (const command of COMMANDS.trim().split('\n')) {
    await promisify(execFile)('openssl', command.split(' '), { cwd: folder });
  }
  return {
    ca: join(folder, 'ca.crt'),
    serverCert: join(folder, 'server.crt'),
    serverKey: join(folder, 'server.key'),
    clientCert: join(folder, 'client.crt'),
    clientKey: join(folder, 'client.key'),
  };
}
