// Certificates read and issued, in this process and on one core, beside node:crypto and pkijs.
import { type KeyObject, sign, X509Certificate } from 'node:crypto';
import { Certificate as PkijsCertificate } from 'pkijs';
import { authorityOf } from '../src/ca/authority.ts';
import { buildCertificate, buildRoot, randomSerialNumber } from '../src/pki/certificate-builder.ts';
import { type Certificate, parseCertificate } from '../src/pki/certificate.ts';
import { encodePublicKey, generatePrivateKey } from '../src/pki/keys.ts';
import { parseName } from '../src/pki/name.ts';
import { judgePeer } from '../src/pki/peer.ts';
import { keySigner } from '../src/pki/signer.ts';
import type { Row } from './row.ts';

const DAY_MS = 86_400_000;

interface Contestant {
  readonly scenario: string;
  readonly contender: string;
  readonly operation: () => unknown;
}

/** Rounds of all contestants in turn; at most a second each, since nothing here has to warm up for long. */
export async function benchPki(settings: {
  readonly rounds: number;
  readonly roundMs: number;
}): Promise<Row[]> {
  const roundMs = Math.min(settings.roundMs / 4, 1000);
  const contestants = await prepare();
  const rounds = contestants.map((): Measurement[] => []);
  for (let round = 0; round <= settings.rounds; round++) {
    for (const [at, { operation }] of contestants.entries()) {
      const measurement = await measure(operation, roundMs);
      // The first round is the warm-up.
      if (round > 0) rounds[at]?.push(measurement);
    }
  }
  return contestants.map(({ scenario, contender }, at) => {
    const measured = rounds[at] ?? [];
    return {
      scenario,
      contender,
      operations: measured.reduce((total, { operations }) => total + operations, 0),
      cpuMicroseconds: median(measured.map(({ cpu, operations }) => cpu / operations)),
      perSecond: median(
        measured.map(({ elapsedMs, operations }) => (operations / elapsedMs) * 1000),
      ),
      latencyMs: null,
      errors: 0,
      resumed: null,
    };
  });
}

async function prepare(): Promise<Contestant[]> {
  const now = Date.now();
  const { root, issuing, key } = await authority(now);
  const publicKey = encodePublicKey(await generatePrivateKey());
  const request = {
    subject: parseName('CN=client.example.com,OU=Services,O=Example,C=DE'),
    subjectAltNames: [
      { kind: 'dns', value: 'client.example.com' },
      { kind: 'email', value: 'client@example.com' },
      { kind: 'uri', value: 'spiffe://example.com/client' },
    ],
    publicKey,
    now,
  } as const;
  const ours = authorityOf(root, [issuing], keySigner(key), { journal: null });
  const leaf = (await ours.issueClient(request)).certificate;
  const raw = Buffer.from(leaf.der);
  const chain = [leaf, issuing];
  const requirements = { anchors: [root], depth: null, pins: new Set<string>() };

  const parse = 'pki: parse a P-256 leaf';
  const issue = 'pki: issue a P-256 leaf';
  const judge = 'pki: judge a client behind an intermediate';
  return [
    { scenario: parse, contender: 'countersign', operation: () => parseCertificate(raw) },
    { scenario: parse, contender: 'node X509Certificate', operation: () => readByNode(raw) },
    { scenario: parse, contender: 'pkijs', operation: () => PkijsCertificate.fromBER(raw) },
    { scenario: issue, contender: 'countersign', operation: () => ours.issueClient(request) },
    { scenario: issue, contender: 'signature alone', operation: () => sign('sha256', raw, key) },
    {
      scenario: judge,
      contender: 'countersign',
      operation: () =>
        judgePeer({
          chain: [parseCertificate(raw), chain[1]],
          opensslError: null,
          requirements,
          at: now,
        }),
    },
  ];
}

/** What node decodes of a certificate when it is asked for what ours has decoded already. */
function readByNode(raw: Buffer): unknown {
  const { subject, issuer, subjectAltName, validFrom, validTo, serialNumber, keyUsage } =
    new X509Certificate(raw);
  return [subject, issuer, subjectAltName, validFrom, validTo, serialNumber, keyUsage];
}

async function authority(
  now: number,
): Promise<{ root: Certificate; issuing: Certificate; key: KeyObject }> {
  const rootKey = await generatePrivateKey();
  const key = await generatePrivateKey();
  const common = { subjectAltNames: [], notBefore: now - DAY_MS, notAfter: now + 3650 * DAY_MS };
  const signer = keySigner(rootKey);
  const root = parseCertificate(
    await buildRoot(
      {
        ...common,
        role: { kind: 'root', pathLength: null },
        subject: parseName('CN=Bench Root'),
        publicKey: signer.publicKey,
        serialNumber: randomSerialNumber(),
      },
      signer,
    ),
  );
  const issuing = await buildCertificate(
    {
      ...common,
      role: { kind: 'intermediate', pathLength: 0 },
      subject: parseName('CN=Bench Issuing'),
      publicKey: encodePublicKey(key),
      serialNumber: randomSerialNumber(),
    },
    {
      subjectDer: root.subjectDer,
      keyIdentifier: root.extensions.subjectKeyIdentifier,
      signer,
    },
  );
  return { root, issuing: parseCertificate(issuing), key };
}

interface Measurement {
  readonly operations: number;
  readonly cpu: number;
  readonly elapsedMs: number;
}

async function measure(operation: () => unknown, durationMs: number): Promise<Measurement> {
  const started = performance.now();
  const before = process.cpuUsage();
  let operations = 0;
  while (performance.now() - started < durationMs) {
    const result = operation();
    if (result instanceof Promise) await result;
    operations++;
  }
  const { user, system } = process.cpuUsage(before);
  return { operations, cpu: user + system, elapsedMs: performance.now() - started };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
