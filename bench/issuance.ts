// Certificates issued for requests: checked, noted and signed, beside the programs that people use for that.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientLeafNames, createAuthority } from '../src/ca/index.ts';
import {
  buildCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/pki/certificate-request.ts';
import { generatePrivateKey } from '../src/pki/keys.ts';
import { encodePem } from '../src/pki/pem.ts';
import { keySigner } from '../src/pki/signer.ts';
import { freePort } from '../test/support/free-port.ts';
import { findProgram } from '../tools/programs.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { median } from './median.ts';
import type { Row } from './row.ts';
import { startServer } from './server-process.ts';
import { type Timed, timedProgram } from './timed-program.ts';

const REQUESTS = 400;
/** A process for each takes its time. */
const SINGLY = 100;
const ROUNDS = 3;
const DAYS = 30;

interface Contender {
  readonly name: string;
  readonly count: number;
  readonly round: () => Promise<Timed>;
  readonly note: string;
}

/**
 * The same requests (P-256, signature checked) signed by a P-256 key. Where each is kept differs, and so do the
 * notes of the report: a certificate in our journal is on the disk before anyone has it.
 */
export async function benchIssuance(settings: { readonly folder: string }): Promise<Row[]> {
  const folder = join(settings.folder, 'issuance');
  await mkdir(join(folder, 'new'), { recursive: true });
  const requests = await makeRequests(folder);
  const program = findProgram('cfssl');
  await writeFile(join(folder, 'ca.cnf'), OPENSSL_CONFIGURATION);
  await timedProgram(MAKE_CA, folder);
  const contenders = [await ours(folder, requests), ...openssl(folder)];
  const cfssl = program === undefined ? null : await startCfssl(program, folder, requests);
  if (cfssl !== null) contenders.push(cfssl.contender);
  try {
    const rounds = contenders.map((): Timed[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [at, contender] of contenders.entries()) {
        rounds[at]?.push(await contender.round());
      }
    }
    return contenders.map(({ name, count, note }, at) => {
      const measured = rounds[at] ?? [];
      return {
        scenario: 'issuance: a certificate for a request, P-256',
        contender: name,
        operations: count * ROUNDS,
        cpuMicroseconds: median(measured.map((one) => one.cpuMicroseconds / count)),
        perSecond: median(measured.map(({ elapsedMs }) => (count / elapsedMs) * 1000)),
        latencyMs: null,
        errors: 0,
        resumed: null,
        notes: [note],
      };
    });
  } finally {
    await cfssl?.stop();
  }
}

/** PEM; each in a file of its own as well. */
async function makeRequests(folder: string): Promise<string[]> {
  const requests: string[] = [];
  for (let at = 0; at < REQUESTS; at++) {
    const names = clientLeafNames(`client-${at}`, { emails: [`client-${at}@example.com`] });
    const signer = keySigner(await generatePrivateKey());
    const pem = encodePem('CERTIFICATE REQUEST', await buildCertificateRequest(names, signer));
    await writeFile(join(folder, `${at}.csr`), pem);
    requests.push(pem);
  }
  return requests;
}

async function ours(folder: string, requests: readonly string[]): Promise<Contender> {
  const authority = await createAuthority(join(folder, 'ours'), { now: Date.now() });
  const ders = requests.map((pem) => Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64'));
  return {
    name: 'countersign',
    count: REQUESTS,
    note: 'linted, and in the journal on the disk (SQLite, synchronous FULL), one after the other, in one process',
    async round() {
      const before = process.cpuUsage();
      const started = performance.now();
      for (const der of ders) {
        const request = parseCertificateRequest(der);
        if (verifyCertificateRequest(request) !== 'good') throw new Error('a bad request');
        const { subject, subjectAltNames, spki: publicKey } = request;
        await authority.issueClient({
          subject,
          subjectAltNames,
          publicKey,
          days: DAYS,
          now: Date.now(),
        });
      }
      const { user, system } = process.cpuUsage(before);
      return { elapsedMs: performance.now() - started, cpuMicroseconds: user + system };
    },
  };
}

function openssl(folder: string): Contender[] {
  const files = Array.from({ length: REQUESTS }, (_, at) => `${at}.csr`).join(' ');
  return [
    {
      name: 'openssl ca',
      count: REQUESTS,
      note: 'one process for all; its text database is written once, at the end',
      round: () =>
        timedProgram(`openssl ca -batch -notext -config ca.cnf -infiles ${files}`, folder),
    },
    {
      name: 'openssl x509',
      count: SINGLY,
      note: 'a process for each; nothing is kept',
      round: () =>
        timedProgram(
          `for n in $(seq 0 ${SINGLY - 1}); do openssl x509 -req -in $n.csr -CA ca.crt -CAkey ca.key -days ${DAYS} -copy_extensions copy -out new/$n.crt; done`,
          folder,
        ),
    },
  ];
}

async function startCfssl(
  program: string,
  folder: string,
  requests: readonly string[],
): Promise<{ readonly contender: Contender; readonly stop: () => Promise<void> }> {
  const port = await freePort();
  const args = ['serve', '-address=127.0.0.1', `-port=${port}`, '-ca=ca.crt', '-ca-key=ca.key'];
  const server = await startServer('all', { program, args }, folder, port);
  const bodies = requests.map((pem) => JSON.stringify({ certificate_request: pem }));
  const contender: Contender = {
    name: 'cfssl serve',
    count: REQUESTS,
    note: 'over HTTP on a connection kept alive, one after the other; nothing is kept',
    async round() {
      const before = cpuMicroseconds(server.pid);
      const started = performance.now();
      for (const body of bodies) {
        const response = await fetch(`http://127.0.0.1:${port}/api/v1/cfssl/sign`, {
          method: 'POST',
          body,
        });
        const { success } = (await response.json()) as { success: boolean };
        if (!success) throw new Error('cfssl signed nothing');
      }
      const elapsedMs = performance.now() - started;
      return { elapsedMs, cpuMicroseconds: cpuMicroseconds(server.pid) - before };
    },
  };
  return { contender, stop: () => server.stop() };
}

const MAKE_CA = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 300 -subj /CN=Bench -keyout ca.key -out ca.crt && : > index.txt`;
const OPENSSL_CONFIGURATION = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = new
certificate = ca.crt
private_key = ca.key
rand_serial = yes
default_md = sha256
default_days = ${DAYS}
unique_subject = no
policy = any
copy_extensions = copy
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;
